import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { valid } from '@reputable/request';
import { linkPathOf, PROVIDERS, type Providers } from '../outside-provider/providers.ts';
import { toMessage } from './linked-log-in.mapper.ts';
import * as requests from './linked-log-in.requests.ts';
import { LinkedLogIns } from './linked-log-ins.ts';

/** The rpcs of AuthService about linked log-ins. */
@Controller()
export class LinkedLogInController {
  constructor(
    readonly linked: LinkedLogIns,
    @Inject(PROVIDERS) readonly providers: Providers,
  ) {}

  @GrpcMethod('AuthService')
  async listLinkedLogIns(@Payload() _request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { publicUrl, settings } = this.providers;
    const linked = await this.linked.list(user.id);
    const issuers = new Set(linked.map(({ issuer }) => issuer));
    return {
      linkedLogIns: linked.map((each) =>
        toMessage(
          each,
          settings.find(({ issuer }) => issuer === each.issuer),
        ),
      ),
      providers: settings
        .filter(({ issuer }) => !issuers.has(issuer))
        .map(({ id, label }) => ({ id, label, linkUrl: `${publicUrl}${linkPathOf(id)}` })),
    };
  }

  @GrpcMethod('AuthService')
  async unlinkLogIn(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { id } = valid(requests.UnlinkLogIn, request);
    await this.linked.unlink(user.id, id);
    return {};
  }
}
