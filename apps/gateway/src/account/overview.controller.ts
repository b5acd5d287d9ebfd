import { Get, Inject, Res } from '@nestjs/common';
import { type AuthenticatedUser, type Client, CurrentUser, InjectClient } from '@reputable/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import { sendPage } from '@reputable/page';
import type { FastifyReply } from 'fastify';
import { BROWSER_SESSION_OPTIONS, type BrowserSessionOptions } from '../browser-session/options.ts';
import { AccountController } from './account-controller.ts';
import { overviewPage } from './overview-page.ts';

/** The overview of the account. */
@AccountController()
export class OverviewController {
  constructor(
    @InjectClient(UserService) readonly users: Client<typeof UserService>,
    @Inject(BROWSER_SESSION_OPTIONS) readonly options: Pick<BrowserSessionOptions, 'isForeign'>,
  ) {}

  @Get()
  async show(@CurrentUser() { id }: AuthenticatedUser, @Res() reply: FastifyReply) {
    // Without the user service, users can still log out and end sessions.
    const user = await this.users.getUser({ id }).catch(() => undefined);
    await sendPage(reply, 200, overviewPage(user?.user?.displayName, !this.options.isForeign));
  }
}
