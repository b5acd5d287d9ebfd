import type { EntityManager } from 'typeorm';
import type { UserAccount } from '../account/account.entity.ts';

/**
 * Deletes an account and the rows that belong to it. Foreign keys delete its sessions, personal access tokens, links, consents and linked log-ins.
 * What remains has no name and no address: audit events with the user's id, revocations, and the fingerprints of the throttle.
 */
export async function deleteAccountData(tx: EntityManager, { id, email }: Pick<UserAccount, 'id' | 'email'>): Promise<void> {
  await tx.query(
    `DELETE FROM outside_session WHERE login_uid IN (SELECT login_uid FROM session WHERE account_id = $1)
       OR (issuer, subject) IN (SELECT issuer, subject FROM linked_log_in WHERE account_id = $1)`,
    [id],
  );
  await tx.query('DELETE FROM account WHERE id = $1', [id]);
  await tx.query("DELETE FROM oauth_record WHERE payload ->> 'accountId' = $1", [id]);
  await tx.query('DELETE FROM registration WHERE email = $1', [email]);
}
