import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { CurrentPeer } from '@reputable/auth';
import { valid } from '@reputable/request';
import { Throttle } from '../throttle/throttle.ts';
import { ClientExchangeService } from './client-exchange.service.ts';
import { TokenExchangeService } from './token-exchange.service.ts';
import { FirstPartyTokens } from './first-party-tokens.ts';
import { LogInService } from './log-in.service.ts';
import * as requests from './token.requests.ts';

/** The rpcs of AuthService that issue tokens. */
@Controller()
export class TokenController {
  constructor(
    readonly logIns: LogInService,
    readonly tokens: FirstPartyTokens,
    readonly exchanges: TokenExchangeService,
    readonly clientExchanges: ClientExchangeService,
    readonly throttle: Throttle,
  ) {}

  @GrpcMethod('AuthService')
  async logIn(request: unknown) {
    return { tokens: await this.logIns.logIn(valid(requests.LogIn, request)) };
  }

  @GrpcMethod('AuthService')
  async refresh(request: unknown) {
    const { refreshToken, address } = valid(requests.Refresh, request);
    const tokens = await this.throttle.token.attempt({ subject: refreshToken, address }, () => this.tokens.refresh(refreshToken));
    return { tokens };
  }

  @GrpcMethod('AuthService')
  async exchangeClientCredentials(@Payload() request: unknown, @CurrentPeer() service: string) {
    const exchanged = await this.clientExchanges.exchange(valid(requests.ExchangeClientCredentials, request), service);
    const { token: accessToken, expiresIn, scope, subjectExpiresAt } = exchanged;
    return { accessToken, expiresIn, scope, subjectExpiresAt: timestampFromDate(subjectExpiresAt) };
  }

  @GrpcMethod('AuthService')
  async exchangeToken(@Payload() request: unknown, @CurrentPeer() service: string) {
    const exchanged = await this.exchanges.exchange(valid(requests.ExchangeToken, request), service);
    const { token, expiresIn, scope, subjectExpiresAt, proofKey } = exchanged;
    return {
      accessToken: token,
      issuedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
      tokenType: 'Bearer',
      expiresIn,
      scope,
      subjectExpiresAt: timestampFromDate(subjectExpiresAt),
      proofKey,
    };
  }
}
