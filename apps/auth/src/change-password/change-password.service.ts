import { Injectable } from '@nestjs/common';
import type { AuthenticatedUser } from '@reputable/auth';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { Account } from '../account/account.entity.ts';
import { currentPasswordWrong } from '../account/account.errors.ts';
import { AuthenticationService } from '../account/authentication.service.ts';
import { audit } from '../audit/audit.ts';
import { OneTimeLinks } from '../one-time-link/one-time-links.ts';
import { Passwords } from '../password/passwords.ts';
import { sessionOf } from '../session/session-of.ts';
import { SessionService } from '../session/session.service.ts';
import type { ChangePassword } from './change-password.requests.ts';

/** Changes the password of a signed-in user who knows the current one. */
@Injectable()
export class ChangePasswordService {
  constructor(
    readonly dataSource: DataSource,
    readonly authentication: AuthenticationService,
    readonly passwords: Passwords,
    readonly links: OneTimeLinks,
    readonly sessions: SessionService,
  ) {}

  /**
   * Sets the password, ends all sessions but the current one, and makes the account's one-time links invalid, in one transaction.
   *
   * @returns the number of ended sessions
   * @throws DomainError CREDENTIALS_INVALID, TOO_MANY_ATTEMPTS, TOO_BUSY
   */
  async change({ currentPassword, newPassword, address }: z.output<typeof ChangePassword>, user: AuthenticatedUser): Promise<number> {
    const account = await this.authentication.authenticateUser(user.id, { password: currentPassword, address });
    const passwordHash = await this.passwords.hash(newPassword);
    return this.dataSource.transaction(async (tx) => {
      // A concurrent change has replaced the hash: the given current password is no longer current.
      const { affected } = await tx.update(Account, { id: user.id, passwordHash: account.passwordHash }, { passwordHash });
      if (!affected) throw currentPasswordWrong();
      await audit(tx, { type: 'password_changed', userId: user.id });
      await this.links.revokeAll(tx, user.id);
      return this.sessions.endOthers(user.id, sessionOf(user), 'password_changed', tx);
    });
  }
}
