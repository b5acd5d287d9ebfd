import { Injectable, Logger } from '@nestjs/common';
import { type AuthenticatedUser, type Client, InjectClient, tokenInvalid } from '@reputable/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import { newId } from '@reputable/database';
import { DataSource, type EntityManager, IsNull } from 'typeorm';
import type { z } from 'zod';
import { Account, type UserAccount } from '../account/account.entity.ts';
import { Reauthentication } from '../account/reauthentication.ts';
import { audit } from '../audit/audit.ts';
import { LinkOutbox } from '../one-time-link/link-outbox.ts';
import { revokeUser } from '../revocation/revoke.ts';
import { SessionService } from '../session/session.service.ts';
import { deleteAccountData } from './account-data.ts';
import type { DeleteAccount } from './delete-account.requests.ts';
import { DeletionOutbox } from './deletion.outbox.ts';

/**
 * Deletes accounts. No transaction spans the services, so this is a saga:
 *
 * 1. The user service removes the user's roles, and refuses that for the last admin.
 * 2. One transaction deletes the account with everything that auth knows about the user, ends all sessions, and stores the events for the other
 *    services. The user is gone from here on.
 * 3. {@link DeletionOutbox} has the other services delete their part.
 *
 * If step 2 fails, the account stays, without its roles.
 */
@Injectable()
export class DeleteAccountService {
  readonly #log = new Logger('account deletion');

  constructor(
    readonly dataSource: DataSource,
    readonly reauthentication: Reauthentication,
    readonly sessions: SessionService,
    readonly mails: LinkOutbox,
    readonly deletions: DeletionOutbox,
    @InjectClient(UserService) readonly users: Client<typeof UserService>,
  ) {}

  /** @throws DomainError CREDENTIALS_INVALID, TOO_MANY_ATTEMPTS, TOO_BUSY, LOG_IN_NOT_RECENT, ACCOUNT_WITHOUT_EMAIL, LAST_ADMIN */
  async delete(confirmation: z.output<typeof DeleteAccount>, user: AuthenticatedUser): Promise<void> {
    const account = await this.reauthentication.confirm(user, confirmation);
    await this.users.releaseRoles({ userId: user.id, address: confirmation.address });
    await this.dataSource.transaction((tx) => this.#delete(tx, account));
    await this.#revokeAgain(user.id);
    this.#log.log({ msg: 'account deleted', account: user.id });
  }

  /** A token that was issued during the transaction follows its revocation. This one follows the commit. */
  async #revokeAgain(id: string): Promise<void> {
    await revokeUser(this.dataSource.manager, newId(), id).catch((err: unknown) => {
      this.#log.warn({ msg: 'tokens of a deleted account not revoked again', account: id, err });
    });
  }

  async #delete(tx: EntityManager, { id, email, passwordHash }: UserAccount): Promise<void> {
    // Concurrent changes of the account wait here, and find none afterwards. If one came first, the user has to confirm the deletion again.
    const unchanged = { id, email, passwordHash: passwordHash ?? IsNull() };
    const account = await tx.findOne(Account, { select: { id: true }, where: unchanged, lock: { mode: 'for_no_key_update' } });
    if (!account) throw tokenInvalid();
    await audit(tx, { type: 'account_deleted', userId: id });
    await this.mails.discard(tx, 'email', email);
    await this.mails.discard(tx, 'accountId', id);
    await this.sessions.endAll(tx, id, 'account_deleted');
    await deleteAccountData(tx, { id, email });
    // Also covers tokens of sessions that began after the others were ended.
    await revokeUser(tx, newId(), id);
    await this.deletions.begin(tx, id);
    await this.mails.request(tx, { purpose: 'account_deleted', email });
  }
}
