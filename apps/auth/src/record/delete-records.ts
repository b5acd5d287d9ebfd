import type { EntityManager } from 'typeorm';

/*
 * Deletes records as part of the transaction that ends a session. A grant has the id of its session; a log-in is the record that
 * oidc-provider calls `Session`, and its `uid` is in the sessions that began with it.
 */

/** The model of the record of a log-in from the end of its interaction on: see {@link RecordStore.deleteInteraction}. */
export const BEGUN_LOG_IN = 'BegunLogIn';

/** Deletes grants with all their codes and tokens. */
export async function deleteGrants(tx: EntityManager, ids: readonly string[]): Promise<void> {
  await tx.query('DELETE FROM oauth_record WHERE grant_id = ANY($1)', [ids]);
}

/**
 * Ends log-ins. oidc-provider saves a log-in at the end of each request that has its cookie, also after it was deleted. So the `uid` is kept, and
 * {@link RecordStore} does not find it. The lock makes requests that begin a session in one of them wait: see {@link holdLogIn}.
 */
export async function deleteLogIns(tx: EntityManager, uids: readonly string[]): Promise<void> {
  if (uids.length === 0) return;
  await lockLogIns(tx, uids);
  await tx.query('INSERT INTO ended_log_in (uid) SELECT DISTINCT unnest($1::text[]) ON CONFLICT DO NOTHING', [uids]);
  await tx.query('DELETE FROM oauth_record WHERE uid = ANY($1)', [uids]);
}

/** Ends all log-ins, and deletes all records. A request that begins a session at the same time is not stopped. */
export async function deleteAllRecords(tx: EntityManager): Promise<void> {
  await tx.query(`
    INSERT INTO ended_log_in (uid)
    SELECT uid FROM oauth_record WHERE uid IS NOT NULL
    UNION SELECT login_uid FROM session WHERE login_uid IS NOT NULL AND ended_at IS NULL
    ON CONFLICT DO NOTHING`);
  // A DELETE of all rows can take longer than a statement may.
  await tx.query('TRUNCATE oauth_record');
}

/** Keeps sessions from beginning in log-ins until the transaction ends. Call it before the sessions are locked, once for all log-ins. */
export async function lockLogIns(tx: EntityManager, uids: readonly string[]): Promise<void> {
  // In one order, so that concurrent transactions do not wait for each other.
  for (const uid of [...new Set(uids)].sort()) await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [uid]);
}

/** Keeps a log-in from ending until the transaction ends. Returns false if it has ended. */
export async function holdLogIn(tx: EntityManager, uid: string): Promise<boolean> {
  await tx.query('SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))', [uid]);
  return (await tx.query<object[]>('SELECT 1 FROM ended_log_in WHERE uid = $1', [uid])).length === 0;
}

/**
 * Ends all log-ins of an account but one, including those without a session yet, and deletes the interactions in which the account has just
 * logged in.
 *
 * @param uid the log-in to keep; null keeps none
 */
export async function deleteOtherLogIns(tx: EntityManager, accountId: string, uid: string | null): Promise<void> {
  // First, because an answer to an interaction locks it before it begins a session.
  await tx.query("DELETE FROM oauth_record WHERE model = 'Interaction' AND payload #>> '{result,login,accountId}' = $1", [accountId]);
  const all = await tx.query<{ uid: string }[]>(
    `SELECT uid FROM oauth_record WHERE model IN ('Session', '${BEGUN_LOG_IN}') AND payload ->> 'accountId' = $1::text
     UNION SELECT login_uid FROM session WHERE account_id = $1::text::uuid AND login_uid IS NOT NULL`,
    [accountId],
  );
  const uids = all.map((logIn) => logIn.uid);
  await lockLogIns(tx, uids);
  await deleteLogIns(
    tx,
    uids.filter((other) => other !== uid),
  );
}
