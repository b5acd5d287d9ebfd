import { audit } from '../audit/audit.ts';
import type { KeyStore } from '../key/key-store.ts';
import { deleteAllRecords } from '../record/delete-records.ts';
import { raiseRevocationNumber } from '../revocation/revoke.ts';
import type { SessionService } from '../session/session.service.ts';

/** The number of sessions that end in one transaction. */
const BATCH = 500;

/** The result of a recovery. */
export interface Recovered {
  /** The number of sessions that it ended, personal access tokens among them. */
  readonly sessions: number;
  /** The number of signing keys that it removed. */
  readonly keys: number;
}

/**
 * Makes the database of auth safe after it was restored from a backup. In the backup, sessions that have ended since are live, used refresh tokens
 * and links are unused, revoked signing keys are valid, and the numbers of later revocations are free. Repeat it after an interruption.
 */
export async function recover(sessions: SessionService, keys: KeyStore): Promise<Recovered> {
  const { dataSource } = keys;
  // First: a token that is issued from now on follows every revocation that a running service knows.
  await raiseRevocationNumber(dataSource.manager);
  const removed = await keys.replaceAll();
  await dataSource.transaction(async (tx) => {
    await deleteAllRecords(tx);
    await tx.query('TRUNCATE browser_session, one_time_link, registration, kept_claims');
  });
  let ended = 0;
  for (let last = BATCH; last > 0; ended += last) last = await sessions.endSome(BATCH, 'ended_by_user');
  await audit(dataSource.manager, { type: 'database_restored', details: { sessions: ended, keys: removed } });
  return { sessions: ended, keys: removed };
}
