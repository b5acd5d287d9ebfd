import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type Caller, CurrentCaller } from '@reputable/auth';
import { field, valid } from '@reputable/errors';
import { Throttle } from '../throttle/throttle.ts';
import { RefreshService } from './refresh.service.ts';
import * as requests from './session.requests.ts';
import { SessionService } from './session.service.ts';
import { toWire } from './session.wire.ts';

/** The rpcs of AuthService about sessions. */
@Controller()
export class SessionController {
  constructor(
    readonly sessions: SessionService,
    readonly refreshing: RefreshService,
    readonly throttle: Throttle,
  ) {}

  @GrpcMethod('AuthService')
  async refresh(request: unknown) {
    const { refreshToken, address } = valid(requests.Refresh, request);
    const tokens = await this.throttle.token.attempt({ subject: refreshToken, address }, () => this.refreshing.refresh(refreshToken));
    return { tokens };
  }

  @GrpcMethod('AuthService')
  async logOut(@Payload() _request: unknown, @CurrentCaller() caller: Caller) {
    // To be logged out already is no error.
    await this.sessions.end(caller.id, caller.sessionId, 'logged_out');
    return {};
  }

  @GrpcMethod('AuthService')
  async listSessions(@Payload() request: unknown, @CurrentCaller() caller: Caller) {
    const { pageSize, pageToken } = valid(requests.ListSessions, request);
    const { rows, nextPageToken } = field.page(await this.sessions.list(caller.id, pageSize, pageToken), pageSize);
    return { sessions: rows.map((session) => toWire(session, caller.sessionId)), nextPageToken };
  }

  @GrpcMethod('AuthService')
  async endSession(@Payload() request: unknown, @CurrentCaller() caller: Caller) {
    const { id } = valid(requests.EndSession, request);
    await this.sessions.endOwn(caller.id, id);
    return {};
  }

  @GrpcMethod('AuthService')
  async endOtherSessions(@Payload() _request: unknown, @CurrentCaller() caller: Caller) {
    return { ended: await this.sessions.endOthers(caller.id, caller.sessionId) };
  }
}
