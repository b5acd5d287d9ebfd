import { Injectable } from '@nestjs/common';
import type { AuthenticatedUser } from '@reputable/auth';
import { hasPassword, type UserAccount } from './account.entity.ts';
import { currentPasswordWrong, logInNotRecent } from './account.errors.ts';
import { Accounts } from './accounts.ts';
import { AuthenticationService } from './authentication.service.ts';

/** The maximum age of a log-in if the account has no password, in milliseconds. */
const RECENT_MS = 5 * 60_000;

/** The input with which a signed-in user authenticates again. */
export interface Confirmation {
  /** Undefined: the account has none. */
  readonly currentPassword?: string | undefined;
  /** The client's IP address. */
  readonly address: string;
}

/** Authenticates a signed-in user again, before an action that a stolen session must not permit. */
@Injectable()
export class Reauthentication {
  constructor(
    readonly accounts: Accounts,
    readonly authentication: AuthenticationService,
  ) {}

  /**
   * Checks the password. An account without one needs a recent log-in instead.
   *
   * @returns the user's account
   * @throws DomainError CREDENTIALS_INVALID, TOO_MANY_ATTEMPTS, TOO_BUSY, LOG_IN_NOT_RECENT, ACCOUNT_WITHOUT_EMAIL
   */
  async confirm(user: AuthenticatedUser, { currentPassword, address }: Confirmation): Promise<UserAccount> {
    const account = await this.accounts.of(user.id);
    if (!hasPassword(account)) expectRecentLogIn(user);
    else if (currentPassword === undefined) throw currentPasswordWrong();
    else await this.authentication.authenticateUser(user.id, { password: currentPassword, address });
    return account;
  }
}

function expectRecentLogIn({ authenticatedAt }: AuthenticatedUser): void {
  if (!authenticatedAt || Date.now() - authenticatedAt.getTime() > RECENT_MS) throw logInNotRecent();
}
