import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { CurrentPeer } from '@reputable/auth';
import { valid } from '@reputable/request';
import { IssueTransactionToken } from './token.requests.ts';
import { TransactionTokens } from './transaction-tokens.ts';

/** The rpc of AuthService that issues Transaction Tokens. */
@Controller()
export class TransactionTokenController {
  constructor(readonly tokens: TransactionTokens) {}

  @GrpcMethod('AuthService')
  async issueTransactionToken(@Payload() request: unknown, @CurrentPeer() workload: string) {
    const { token, expiresIn } = await this.tokens.issue(valid(IssueTransactionToken, request), workload);
    return { accessToken: token, issuedTokenType: 'urn:ietf:params:oauth:token-type:txn_token', tokenType: 'N_A', expiresIn };
  }
}
