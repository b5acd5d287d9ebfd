import { Injectable } from '@nestjs/common';
import { newId } from '@reputable/database';
import { DataSource, type EntityManager } from 'typeorm';
import { Account } from '../account/account.entity.ts';
import { LinkedLogIn } from './linked-log-in.entity.ts';
import { lastWayIn, linkedLogInNotFound } from './linked-log-in.errors.ts';

/** A user at an outside provider. */
export type OutsideUser = Pick<LinkedLogIn, 'issuer' | 'subject' | 'email'>;

/** Links log-ins with outside providers to accounts: by issuer and subject, never by e-mail address. */
@Injectable()
export class LinkedLogIns {
  constructor(readonly dataSource: DataSource) {}

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

  /**
   * Links a user at a provider to an account.
   *
   * @returns false if the account has another log-in with this provider, or the user is linked to another account
   */
  async link(tx: EntityManager, accountId: string, { issuer, subject, email }: OutsideUser): Promise<boolean> {
    await tx.query(
      'INSERT INTO linked_log_in (id, account_id, issuer, subject, email) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING',
      [newId(), accountId, issuer, subject, email],
    );
    return tx.existsBy(LinkedLogIn, { accountId, issuer, subject });
  }

  /**
   * Unlinks a log-in of this account. Its sessions continue.
   *
   * @throws DomainError LINKED_LOG_IN_NOT_FOUND, LAST_WAY_IN
   */
  async unlink(accountId: string, id: string): Promise<void> {
    await this.dataSource.transaction(async (tx) => {
      // Concurrent calls wait for each other here, so that together they do not unlink the last one.
      const account = await tx.findOne(Account, { where: { id: accountId }, lock: { mode: 'pessimistic_write' } });
      const ids = (await tx.find(LinkedLogIn, { select: { id: true }, where: { accountId } })).map((linked) => linked.id);
      if (!account || !ids.includes(id)) throw linkedLogInNotFound(id);
      if (account.passwordHash === null && ids.length === 1) throw lastWayIn();
      await tx.delete(LinkedLogIn, { id, accountId });
    });
  }

  /** Unlinks all log-ins of an account, for a user who takes it back. */
  async unlinkAll(tx: EntityManager, accountId: string): Promise<void> {
    await tx.delete(LinkedLogIn, { accountId });
  }
}
