import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Account } from '../account/account.entity.ts';
import { Accounts } from '../account/accounts.ts';
import { audit } from '../audit/audit.ts';
import { LinkOutbox } from '../one-time-link/link-outbox.ts';
import { type OneTimeLink, OneTimeLinks } from '../one-time-link/one-time-links.ts';
import { Throttle } from '../throttle/throttle.ts';

/** Verifies the e-mail addresses of accounts by one-time links. */
@Injectable()
export class VerifyEmailService {
  constructor(
    readonly dataSource: DataSource,
    readonly accounts: Accounts,
    readonly links: OneTimeLinks,
    readonly outbox: LinkOutbox,
    readonly throttle: Throttle,
  ) {}

  /**
   * Requests a link to the user's own address, unless the address is verified.
   *
   * @throws DomainError TOO_MANY_ATTEMPTS
   */
  async request(userId: string, address: string): Promise<void> {
    const { email, emailVerifiedAt } = await this.accounts.of(userId);
    if (emailVerifiedAt) return;
    await this.throttle.mail.take({ email, address });
    await this.outbox.request(this.dataSource.manager, { purpose: 'verify_email', email });
  }

  /** Finds a link that can be used. */
  find(token: string): Promise<OneTimeLink | undefined> {
    return this.links.find({ purpose: 'verify_email', token });
  }

  /** @returns the verified address; undefined if the link was invalid */
  verify(token: string): Promise<string | undefined> {
    return this.dataSource.transaction(async (tx) => {
      const used = await this.links.use(tx, { purpose: 'verify_email', token });
      if (!used) return undefined;
      const { accountId: id, email } = used;
      const { affected } = await tx.update(Account, { id, email }, { emailVerifiedAt: new Date() });
      if (!affected) return undefined;
      await audit(tx, { type: 'email_verified', actor: { type: 'user', id }, userId: id });
      return email;
    });
  }
}
