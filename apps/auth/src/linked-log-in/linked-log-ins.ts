import { Inject, Injectable } from '@nestjs/common';
import { newId } from '@reputable/database';
import { DataSource, type EntityManager } from 'typeorm';
import { Account, isOfUser } from '../account/account.entity.ts';
import { audit } from '../audit/audit.ts';
import type { AuditEvent } from '../audit/audit-event.ts';
import { LinkOutbox } from '../one-time-link/link-outbox.ts';
import { PROVIDERS, type Providers } from '../outside-provider/providers.ts';
import { LinkedLogIn } from './linked-log-in.entity.ts';
import { lastWayIn, linkedLogInNotFound } from './linked-log-in.errors.ts';

/** A user at an outside provider. */
export type OutsideUser = Pick<LinkedLogIn, 'issuer' | 'subject' | 'email'>;

/** Links log-ins with outside providers to accounts: by issuer and subject, never by e-mail address. */
@Injectable()
export class LinkedLogIns {
  constructor(
    readonly dataSource: DataSource,
    readonly outbox: LinkOutbox,
    @Inject(PROVIDERS) readonly providers: Pick<Providers, 'settings'>,
  ) {}

  /** The log-ins of an account, latest first. */
  list(accountId: string): Promise<LinkedLogIn[]> {
    return this.dataSource.manager.find(LinkedLogIn, { where: { accountId }, order: { id: 'DESC' } });
  }

  /** The account that a user at a provider is linked to. */
  async accountOf({ issuer, subject }: OutsideUser): Promise<string | undefined> {
    return (await this.dataSource.manager.findOneBy(LinkedLogIn, { issuer, subject }))?.accountId;
  }

  /** Updates the time of last use, in the transaction that logs in. Returns whether the link still exists. */
  async touch(tx: EntityManager, accountId: string, { issuer, subject, email }: OutsideUser): Promise<boolean> {
    const { affected } = await tx.update(LinkedLogIn, { accountId, issuer, subject }, { lastUsedAt: new Date(), email });
    return affected === 1;
  }

  /** Links a user at a provider to a new account. @returns false if the user is linked to another account */
  async linkNew(tx: EntityManager, accountId: string, { issuer, subject, email }: OutsideUser): Promise<boolean> {
    const linked = await tx.query<object[]>(
      'INSERT INTO linked_log_in (id, account_id, issuer, subject, email) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING 1',
      [newId(), accountId, issuer, subject, email],
    );
    if (linked.length === 0) return false;
    await audit(tx, eventOf('provider_linked', accountId, issuer));
    return true;
  }

  /**
   * Links a user at a provider to an account, and tells its owner.
   *
   * @returns false if the account has another log-in with this provider, or the user is linked to another account
   */
  async link(tx: EntityManager, accountId: string, user: OutsideUser): Promise<boolean> {
    const { issuer, subject } = user;
    if (!(await this.linkNew(tx, accountId, user))) return tx.existsBy(LinkedLogIn, { accountId, issuer, subject });
    await this.#tell(tx, 'log_in_linked', await tx.findOneBy(Account, { id: accountId }), issuer);
    return true;
  }

  /**
   * Unlinks a log-in of this account, and tells its owner. Its sessions continue.
   *
   * @throws DomainError LINKED_LOG_IN_NOT_FOUND, LAST_WAY_IN
   */
  async unlink(accountId: string, id: string): Promise<void> {
    await this.dataSource.transaction(async (tx) => {
      // Concurrent calls wait for each other here, so that together they do not unlink the last one.
      const account = await tx.findOne(Account, { where: { id: accountId }, lock: { mode: 'pessimistic_write' } });
      const all = await tx.findBy(LinkedLogIn, { accountId });
      const linked = all.find((each) => each.id === id);
      if (!account || !linked) throw linkedLogInNotFound(id);
      if (account.passwordHash === null && all.length === 1) throw lastWayIn();
      await this.#unlink(tx, account, linked);
    });
  }

  /** Unlinks all log-ins of an account, for a user who takes it back. */
  async unlinkAll(tx: EntityManager, accountId: string): Promise<void> {
    const account = await tx.findOneBy(Account, { id: accountId });
    for (const linked of await tx.findBy(LinkedLogIn, { accountId })) await this.#unlink(tx, account, linked);
  }

  async #unlink(tx: EntityManager, account: Account | null, { id, accountId, issuer }: LinkedLogIn): Promise<void> {
    await tx.delete(LinkedLogIn, { id });
    await audit(tx, eventOf('provider_unlinked', accountId, issuer));
    await this.#tell(tx, 'log_in_unlinked', account, issuer);
  }

  async #tell(tx: EntityManager, purpose: 'log_in_linked' | 'log_in_unlinked', account: Account | null, issuer: string): Promise<void> {
    const provider = this.providers.settings.find((each) => each.issuer === issuer)?.label ?? issuer;
    if (isOfUser(account)) await this.outbox.request(tx, { purpose, email: account.email, provider });
  }
}

/** The audit event of a link. It has no `subject`: some providers use an e-mail address. */
const eventOf = (type: 'provider_linked' | 'provider_unlinked', userId: string, issuer: string): AuditEvent => ({
  ...{ type, userId, details: { issuer } },
  actor: { type: 'user', id: userId },
});
