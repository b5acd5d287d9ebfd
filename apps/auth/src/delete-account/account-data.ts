import type { EntityManager } from 'typeorm';
import type { UserAccount } from '../account/account.entity.ts';
import { deleteGrants } from '../record/delete-records.ts';

/**
 * Deletes an account and the rows that belong to it. Foreign keys delete its sessions, personal access tokens, links, consents and linked log-ins.
 * What remains has no name and no address: audit events with the user's id, revocations, and the fingerprints of the throttle.
 */
export async function deleteAccountData(tx: EntityManager, { id, email }: Pick<UserAccount, 'id' | 'email'>): Promise<void> {
  const sessions = await tx.query<{ id: string }[]>('SELECT id FROM session WHERE account_id = $1', [id]);
  // Two statements, so that each uses an index.
  await tx.query('DELETE FROM outside_session WHERE login_uid IN (SELECT login_uid FROM session WHERE account_id = $1)', [id]);
  await tx.query(
    'DELETE FROM outside_session WHERE (issuer, subject) IN (SELECT issuer, subject FROM linked_log_in WHERE account_id = $1)',
    [id],
  );
  await tx.query('DELETE FROM account WHERE id = $1', [id]);
  // All records of an account belong to the grant of a session, but for the log-ins of browsers.
  await deleteGrants(
    tx,
    sessions.map((session) => session.id),
  );
  await tx.query("DELETE FROM oauth_record WHERE model = 'Session' AND payload ->> 'accountId' = $1", [id]);
  await tx.query('DELETE FROM registration WHERE email = $1', [email]);
}
