import { CLOCK_SKEW_S, MAX_LIFETIME_S } from '@reputable/auth';
import { newId } from '@reputable/database';
import { setTimeout } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';

/*
 * Tokens are issued and revoked by one clock, that of the database: whichever replica does it, what is before and what is after is the
 * same for all. A token says when it was issued in whole seconds, rounded down; a revocation of a user ends with the second it is made in.
 * So nobody is issued a token in what is left of that second.
 */

/** From its issue to when it is accepted by nobody any more, in seconds. */
const TOKEN_LIFE_S = MAX_LIFETIME_S + CLOCK_SKEW_S;

/** Revokes all tokens of these sessions, as part of the transaction that ends them: there are no later ones. */
export async function revokeSessions(tx: EntityManager, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.query(
    `INSERT INTO revocation (id, subject_kind, subject_id, issued_before, expires_at)
     SELECT one.id, 'session', one.session, all_of.ended, all_of.ended
     FROM unnest($1::uuid[], $2::uuid[]) AS one (id, session), (SELECT clock_timestamp() + make_interval(secs => $3) AS ended) all_of`,
    [ids.map(() => newId()), ids, TOKEN_LIFE_S],
  );
}

/** Revokes all tokens that a user was issued up to now; the same `id` again changes nothing. */
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
 * The `iat` of a token that a user is issued now, in seconds; waits until one would not be revoked already, for a second at most.
 *
 * @param isWorthIt is asked before it waits: it rejects if there will be no token anyhow
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
