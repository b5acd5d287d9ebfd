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

/** Changing a password, by somebody who is logged in and knows the one before. */
@Injectable()
export class PasswordChangeService {
  constructor(
    @InjectRepository(Account) readonly accounts: Repository<Account>,
    readonly passwords: Passwords,
    readonly sessions: SessionService,
    readonly throttle: Throttle,
  ) {}

  /**
   * Sets the password, and ends all sessions but the user's own, or neither.
   *
   * @returns how many were ended
   */
  async change(
    { currentPassword, newPassword, address }: z.output<typeof ChangePassword>,
    { id, sessionId }: AuthenticatedUser,
  ): Promise<number> {
    const account = await this.#authenticate(id, currentPassword, address);
    const passwordHash = await this.passwords.hash(newPassword);
    return this.accounts.manager.transaction(async (tx) => {
      // Of two changes at once the second one's current password is no longer that.
      const { affected } = await tx.update(Account, { id, passwordHash: account.passwordHash }, { passwordHash });
      if (!affected) throw currentPasswordWrong();
      return this.sessions.endOthers(id, sessionId, 'password_changed', tx);
    });
  }

  /** A stolen token is no way round the limits on guessing: it is counted as a log-in to the account is. */
  async #authenticate(id: string, password: string, address: string): Promise<Account> {
    const account = await this.accounts.findOneBy({ id, state: 'active' });
    const found = await this.throttle.logIn.attempt({ email: account?.email ?? id, address }, async () =>
      (await this.passwords.matches(account?.passwordHash, password)) ? (account ?? undefined) : undefined,
    );
    if (!found) throw currentPasswordWrong();
    return found;
  }
}
