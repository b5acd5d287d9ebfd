import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { CurrentPeer } from '@reputable/auth';
import { valid } from '@reputable/errors';
import { ExchangeService } from './exchange.service.ts';
import * as requests from './token.requests.ts';

/** The rpcs of AuthService about the tokens that services see. */
@Controller()
export class TokenController {
  constructor(readonly exchanges: ExchangeService) {}

  @GrpcMethod('AuthService')
  async exchangeToken(@Payload() request: unknown, @CurrentPeer() service: string) {
    const { subjectToken, audience } = valid(requests.ExchangeToken, request);
    const { token, expiresIn, scope, subjectExpiresAt } = await this.exchanges.exchange(subjectToken, audience, service);
    return {
      accessToken: token,
      issuedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
      tokenType: 'Bearer',
      expiresIn,
      scope,
      subjectExpiresAt: timestampFromDate(subjectExpiresAt),
    };
  }
}
