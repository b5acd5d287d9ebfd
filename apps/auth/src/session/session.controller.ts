import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type Caller, CurrentCaller } from '@reputable/auth';
import { field, valid } from '@reputable/errors';
import { FirstPartyTokens } from '../oauth/first-party-tokens.ts';
import { OAuthClients } from '../oauth/oauth-clients.ts';
import { Throttle } from '../throttle/throttle.ts';
import * as requests from './session.requests.ts';
import { SessionService } from './session.service.ts';
import { toWire } from './session.wire.ts';

/** The rpcs of AuthService about sessions. */
@Controller()
export class SessionController {
  constructor(
    readonly sessions: SessionService,
    readonly tokens: FirstPartyTokens,
    readonly clients: OAuthClients,
    readonly throttle: Throttle,
  ) {}

  @GrpcMethod('AuthService')
  async refresh(request: unknown) {
    const { refreshToken, address } = valid(requests.Refresh, request);
    const tokens = await this.throttle.token.attempt({ subject: refreshToken, address }, () => this.tokens.refresh(refreshToken));
    return { tokens };
  }

  @GrpcMethod('AuthService')
  async logOut(@Payload() _request: unknown, @CurrentCaller() caller: Caller) {
    await this.sessions.logOut(caller.id, caller.sessionId);
    return {};
  }

  @GrpcMethod('AuthService')
  async listSessions(@Payload() request: unknown, @CurrentCaller() caller: Caller) {
    const { pageSize, pageToken } = valid(requests.ListSessions, request);
    const { rows, nextPageToken } = field.page(await this.sessions.list(caller.id, pageSize, pageToken), pageSize);
    const names = await this.clients.names(rows.map(({ clientId }) => clientId));
    return { sessions: rows.map((session) => toWire(session, names, caller.sessionId)), nextPageToken };
  }

  @GrpcMethod('AuthService')
  async endSession(@Payload() request: unknown, @CurrentCaller() caller: Caller) {
    const { id } = valid(requests.EndSession, request);
    await this.sessions.endOwn(caller.id, id, caller.sessionId);
    return {};
  }

  @GrpcMethod('AuthService')
  async endOtherSessions(@Payload() _request: unknown, @CurrentCaller() caller: Caller) {
    return { ended: await this.sessions.endOthers(caller.id, caller.sessionId) };
  }
}
