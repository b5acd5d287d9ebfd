import type { EntityManager } from 'typeorm';

/*
 * Deletes records as part of the transaction that ends a session. A grant has the id of its session; a log-in is the record that
 * oidc-provider calls `Session`, and its `uid` is in the sessions that began with it.
 */

/** Deletes grants with all their codes and tokens. */
export async function deleteGrants(tx: EntityManager, ids: readonly string[]): Promise<void> {
  await tx.query('DELETE FROM oauth_record WHERE grant_id = ANY($1)', [ids]);
}

/** Deletes log-ins. */
export async function deleteLogIns(tx: EntityManager, uids: readonly string[]): Promise<void> {
  await tx.query("DELETE FROM oauth_record WHERE model = 'Session' AND uid = ANY($1)", [uids]);
}

/**
 * Deletes all log-ins of an account but one, including those without a session yet, and the interactions in which the account has just
 * logged in.
 *
 * @param uid the log-in to keep; null keeps none
 */
export async function deleteOtherLogIns(tx: EntityManager, accountId: string, uid: string | null): Promise<void> {
  await tx.query(
    `DELETE FROM oauth_record
     WHERE model = 'Session' AND payload ->> 'accountId' = $1 AND uid IS DISTINCT FROM $2
       OR model = 'Interaction' AND payload #>> '{result,login,accountId}' = $1`,
    [accountId, uid],
  );
}
