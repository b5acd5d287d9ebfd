import { CLOCK_SKEW_S, MAX_LIFETIME_S } from '@reputable/auth';
import { newId } from '@reputable/database';
import { setTimeout } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';

/*
 * All replicas issue and revoke tokens by the clock of the database, so the order of the two is the same for all. A token's `iat` is in whole
 * seconds, rounded down. A revocation of a user covers the whole second in which it is made, so the user gets no token for the rest of that
 * second.
 */

/** How long some service may accept a token after its issue, in seconds. */
const TOKEN_LIFE_S = MAX_LIFETIME_S + CLOCK_SKEW_S;

/** Revokes all tokens of these sessions, in the transaction that ends them. No token is issued for them afterwards. */
export async function revokeSessions(tx: EntityManager, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.query(
    `INSERT INTO revocation (id, subject_kind, subject_id, issued_before, expires_at)
     SELECT one.id, 'session', one.session, all_of.ended, all_of.ended
     FROM unnest($1::uuid[], $2::uuid[]) AS one (id, session), (SELECT clock_timestamp() + make_interval(secs => $3) AS ended) all_of`,
    [ids.map(() => newId()), ids, TOKEN_LIFE_S],
  );
}

/** Revokes all tokens issued to a user so far. Idempotent by `id`. */
export async function revokeUser(tx: EntityManager, id: string, userId: string): Promise<void> {
  await tx.query(
    `INSERT INTO revocation (id, subject_kind, subject_id, issued_before, expires_at)
     SELECT $1, 'user', $2, second.ends, second.ends + make_interval(secs => $3)
     FROM (SELECT date_trunc('second', clock_timestamp()) + interval '1 second' AS ends) second
     ON CONFLICT (id) DO NOTHING`,
    [id, userId, TOKEN_LIFE_S],
  );
}

/**
 * The `iat` for a new token of a user, in seconds. Waits for the end of a revocation of the user, a second at most.
 *
 * @param isWorthIt runs before the wait and rejects if the user cannot get a token
 */
export async function issueTime(tx: EntityManager, userId: string, isWorthIt: () => Promise<unknown>): Promise<number> {
  const [row] = await tx.query<{ now: number; revoked: number | null }[]>(
    `SELECT extract(epoch FROM clock_timestamp())::float8 AS now,
       (SELECT extract(epoch FROM max(issued_before))::float8 FROM revocation
        WHERE subject_id = $1 AND subject_kind = 'user') AS revoked`,
    [userId],
  );
  const { now = 0, revoked } = row ?? {};
  if (!revoked || revoked <= now) return Math.floor(now);
  await isWorthIt();
  await setTimeout((revoked - now) * 1000);
  return revoked;
}
