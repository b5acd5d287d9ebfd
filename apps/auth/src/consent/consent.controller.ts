import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { page, valid } from '@reputable/request';
import { OAuthClients } from '../client/oauth-clients.ts';
import { SessionService } from '../session/session.service.ts';
import { toMessage } from './consent.mapper.ts';
import * as requests from './consent.requests.ts';
import { Consents } from './consents.ts';

/** The rpcs of AuthService about the applications that users have allowed. */
@Controller()
export class ConsentController {
  constructor(
    readonly consents: Consents,
    readonly clients: OAuthClients,
    readonly sessions: SessionService,
  ) {}

  @GrpcMethod('AuthService')
  async listAllowedApplications(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { pageSize, pageToken } = valid(requests.ListAllowedApplications, request);
    const { rows, nextPageToken } = page(await this.consents.list(user.id, pageSize, pageToken), pageSize);
    const lastUses = await this.sessions.lastUses(user.id);
    const applications = await Promise.all(
      rows.map(async (consent) => toMessage(consent, await this.clients.find(consent.clientId), lastUses.get(consent.clientId))),
    );
    return { applications, nextPageToken };
  }

  @GrpcMethod('AuthService')
  async disallowApplication(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { id } = valid(requests.DisallowApplication, request);
    return { ended: await this.consents.withdraw(user.id, id) };
  }
}
