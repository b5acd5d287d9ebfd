import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { AuthenticatedUser } from '@reputable/auth';
import { Repository } from 'typeorm';
import type { z } from 'zod';
import { Passwords } from '../password/passwords.ts';
import { SessionService } from '../session/session.service.ts';
import { Throttle } from '../throttle/throttle.ts';
import { Account } from './account.entity.ts';
import { currentPasswordWrong } from './account.errors.ts';
import type { ChangePassword } from './account.requests.ts';

/** Changes the password of a signed-in user who knows the current one. */
@Injectable()
export class PasswordChangeService {
  constructor(
    @InjectRepository(Account) readonly accounts: Repository<Account>,
    readonly passwords: Passwords,
    readonly sessions: SessionService,
    readonly throttle: Throttle,
  ) {}

  /**
   * Sets the password and ends all sessions but the current one, in one transaction.
   *
   * @returns the number of ended sessions
   * @throws DomainError CREDENTIALS_INVALID, TOO_MANY_ATTEMPTS, TOO_BUSY
   */
  async change(
    { currentPassword, newPassword, address }: z.output<typeof ChangePassword>,
    { id, sessionId }: AuthenticatedUser,
  ): Promise<number> {
    const account = await this.#authenticate(id, currentPassword, address);
    const passwordHash = await this.passwords.hash(newPassword);
    return this.accounts.manager.transaction(async (tx) => {
      // A concurrent change has replaced the hash: the given current password is no longer current.
      const { affected } = await tx.update(Account, { id, passwordHash: account.passwordHash }, { passwordHash });
      if (!affected) throw currentPasswordWrong();
      return this.sessions.endOthers(id, sessionId, 'password_changed', tx);
    });
  }

  /** Counts as a log-in attempt, so a stolen token does not bypass the limits on password guessing. */
  async #authenticate(id: string, password: string, address: string): Promise<Account> {
    const account = await this.accounts.findOneBy({ id, state: 'active' });
    const found = await this.throttle.logIn.attempt({ email: account?.email ?? id, address }, async () =>
      (await this.passwords.matches(account?.passwordHash, password)) ? (account ?? undefined) : undefined,
    );
    if (!found) throw currentPasswordWrong();
    return found;
  }
}
