import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { audit } from '../audit/audit.ts';
import { LinkedLogIns } from '../linked-log-in/linked-log-ins.ts';
import { LinkOutbox } from '../one-time-link/link-outbox.ts';
import { OneTimeLinks } from '../one-time-link/one-time-links.ts';
import { Passwords } from '../password/passwords.ts';
import { SessionService } from '../session/session.service.ts';
import type { Visitor } from '../throttle/log-in-throttle.ts';
import { Throttle } from '../throttle/throttle.ts';

const SAVE = `UPDATE account SET password_hash = $2, email_verified_at = coalesce(email_verified_at, now()) WHERE id = $1`;

/** Resets forgotten passwords by one-time links. */
@Injectable()
export class ResetPasswordService {
  constructor(
    readonly dataSource: DataSource,
    readonly links: OneTimeLinks,
    readonly outbox: LinkOutbox,
    readonly passwords: Passwords,
    readonly sessions: SessionService,
    readonly linked: LinkedLogIns,
    readonly throttle: Throttle,
  ) {}

  /**
   * Requests a link for an address. Does the same for every address, with an account or without.
   *
   * @throws DomainError TOO_MANY_ATTEMPTS
   */
  async request(visitor: Visitor): Promise<void> {
    await this.throttle.mail.take(visitor);
    await this.outbox.request(this.dataSource.manager, { purpose: 'reset_password', email: visitor.email });
  }

  /** Whether a link can be used. */
  async isValid(token: string): Promise<boolean> {
    return (await this.links.find({ purpose: 'reset_password', token })) !== undefined;
  }

  /**
   * Sets the password of the link's account. Ends all its sessions and log-ins, unlinks its outside providers, and makes its other
   * links invalid, in one transaction: whoever had got into the account is out. The
   * mail shows that the user reads mail to the address, so the address is verified too.
   *
   * @returns whether the link was valid
   * @throws DomainError TOO_BUSY
   */
  async reset(token: string, password: string, address: string): Promise<boolean> {
    // Only a valid link is worth a hash.
    if (!(await this.isValid(token))) return false;
    const passwordHash = await this.passwords.hash(password);
    const link = await this.dataSource.transaction(async (tx) => {
      const used = await this.links.use(tx, { purpose: 'reset_password', token });
      if (!used) return undefined;
      await tx.query(SAVE, [used.accountId, passwordHash]);
      await audit(tx, { type: 'password_reset', actor: { type: 'user', id: used.accountId }, userId: used.accountId });
      await this.links.revokeAll(tx, used.accountId);
      await this.linked.unlinkAll(tx, used.accountId);
      await this.sessions.endAll(tx, used.accountId, 'password_changed');
      return used;
    });
    if (link) await this.throttle.logIn.proved({ email: link.email, address });
    return link !== undefined;
  }
}
