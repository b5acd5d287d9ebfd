import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { page, valid } from '@reputable/request';
import { OAuthClients } from '../client/oauth-clients.ts';
import { OutsideSessions } from '../outside-session/outside-sessions.ts';
import { sessionOf } from './session-of.ts';
import * as requests from './session.requests.ts';
import { SessionService } from './session.service.ts';
import { toMessage } from './session.mapper.ts';

/** The rpcs of AuthService about sessions. */
@Controller()
export class SessionController {
  constructor(
    readonly sessions: SessionService,
    readonly clients: OAuthClients,
    readonly outside: OutsideSessions,
  ) {}

  @GrpcMethod('AuthService')
  async logOut(@Payload() _request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const provider = await this.outside.logOutOf(await this.sessions.logOut(user.id, sessionOf(user)));
    return provider ? { provider: { label: provider.label, logOutUrl: provider.url().href } } : {};
  }

  @GrpcMethod('AuthService')
  async listSessions(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { pageSize, pageToken, includeEnded } = valid(requests.ListSessions, request);
    const { rows, nextPageToken } = page(await this.sessions.list(user.id, pageSize, pageToken, includeEnded), pageSize);
    const names = await this.clients.names(rows.map(({ clientId }) => clientId));
    return { sessions: rows.map((session) => toMessage(session, names, sessionOf(user))), nextPageToken };
  }

  @GrpcMethod('AuthService')
  async endSession(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { id } = valid(requests.EndSession, request);
    await this.sessions.endOwn(user.id, id, sessionOf(user));
    return {};
  }

  @GrpcMethod('AuthService')
  async endOtherSessions(@Payload() _request: unknown, @CurrentUser() user: AuthenticatedUser) {
    return { ended: await this.sessions.endOthers(user.id, sessionOf(user)) };
  }
}
