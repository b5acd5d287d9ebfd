import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import type { z } from 'zod';
import { Account } from '../account/account.entity.ts';
import { AuthenticationService } from '../account/authentication.service.ts';
import { audit } from '../audit/audit.ts';
import { credentialsStamp } from '../one-time-link/credentials-stamp.ts';
import { LinkOutbox } from '../one-time-link/link-outbox.ts';
import { type OneTimeLink, OneTimeLinks } from '../one-time-link/one-time-links.ts';
import { Throttle } from '../throttle/throttle.ts';
import type { RequestEmailChange } from './change-email.requests.ts';

/** The code of PostgreSQL for a violated unique constraint. */
const UNIQUE_VIOLATION = '23505';

/** The result of a change: the link was invalid, or another account has the address, or the account has it now. */
export type Change = 'over' | 'taken' | { readonly email: string };

/** Changes the e-mail addresses of accounts by one-time links to the new addresses. */
@Injectable()
export class ChangeEmailService {
  constructor(
    readonly dataSource: DataSource,
    readonly authentication: AuthenticationService,
    readonly links: OneTimeLinks,
    readonly outbox: LinkOutbox,
    readonly throttle: Throttle,
  ) {}

  /**
   * Requests a link to the new address. Does the same for every address, with an account or without.
   *
   * @throws DomainError CREDENTIALS_INVALID, TOO_MANY_ATTEMPTS, TOO_BUSY
   */
  async request(userId: string, { newEmail: email, currentPassword, address }: z.output<typeof RequestEmailChange>): Promise<void> {
    const account = await this.authentication.authenticateUser(userId, { password: currentPassword, address });
    await this.throttle.mail.take({ email, address });
    const stamp = credentialsStamp(account);
    await this.outbox.request(this.dataSource.manager, { purpose: 'change_email', email, accountId: account.id, stamp });
  }

  /** Finds a link that can be used. */
  find(token: string): Promise<OneTimeLink | undefined> {
    return this.links.find({ purpose: 'change_email', token });
  }

  /**
   * Changes the address of the link's account, makes its other links invalid, and tells the old address, in one transaction. The sessions
   * continue: the user who asked knew the password, and it stays the same.
   */
  async change(token: string, address: string): Promise<Change> {
    const change = await this.dataSource.transaction((tx) => this.#change(tx, token)).catch(takenIfDuplicate);
    if (typeof change === 'object') await this.throttle.logIn.proved({ email: change.email, address });
    return change;
  }

  async #change(tx: EntityManager, token: string): Promise<Change> {
    const used = await this.links.use(tx, { purpose: 'change_email', token });
    if (!used) return 'over';
    const { accountId: id, email } = used;
    const { email: previous } = await tx.findOneByOrFail(Account, { id });
    await tx.update(Account, { id }, { email, emailVerifiedAt: new Date() });
    await audit(tx, { type: 'email_changed', actor: { type: 'user', id }, userId: id });
    await this.links.revokeAll(tx, id);
    if (previous !== null) await this.outbox.request(tx, { purpose: 'email_changed', email: previous });
    return { email };
  }
}

function takenIfDuplicate(error: unknown): 'taken' {
  if (error instanceof QueryFailedError && (error.driverError as { code?: string }).code === UNIQUE_VIOLATION) return 'taken';
  throw error;
}
