import { Inject, Injectable } from '@nestjs/common';
import { hasPassword } from '../account/account.entity.ts';
import { AuthenticationService } from '../account/authentication.service.ts';
import { API } from '../client/api-resource.ts';
import type { HttpExchange } from '../interaction/interactions.ts';
import { type ShownError, shownError } from '../page/form-error.ts';
import { Refusal } from '../page/refusal.ts';
import type { BrowserLogIn } from './browser-account.ts';
import { readPassword } from './outside-forms.ts';
import { logInAgain } from './outside-pages.ts';

/**
 * Checks that the account's owner uses the browser: by a log-in within the last five minutes, or by the password. Otherwise whoever finds a
 * browser that is logged in could give the account another way in, which lasts.
 */
@Injectable()
export class RecentLogIn {
  constructor(
    readonly authentication: AuthenticationService,
    /** The API at the gateway, where users log in. */
    @Inject(API) readonly api: string,
  ) {}

  /** Whether a form needs the password. @throws Refusal if the user must log in again, because the account has no password */
  needsPassword({ account, isRecent }: BrowserLogIn): boolean {
    if (isRecent || hasPassword(account)) return !isRecent;
    const href = new URL('/auth/login?again=yes&returnTo=/account/log-ins', this.api).href;
    throw new Refusal(403, logInAgain({ href, text: 'Log in again' }));
  }

  /** Why a form is refused; undefined if it comes from the owner. @throws Refusal */
  async refusal({ request, reply }: HttpExchange, logIn: BrowserLogIn, body: unknown): Promise<ShownError | undefined> {
    if (!this.needsPassword(logIn)) return undefined;
    const { password, problem } = readPassword(body);
    if (password === undefined) return { status: 422, problem };
    try {
      await this.authentication.authenticateUser(logIn.account.id, { password, address: request.ip });
      return undefined;
    } catch (error) {
      return shownError(reply, error);
    }
  }
}
