import { CLOCK_SKEW_S, MAX_LIFETIME_S } from '@reputable/auth';
import { newId } from '@reputable/database';
import type { EntityManager } from 'typeorm';

/*
 * The number of a revocation, and of the last revocation before the issue of a token, decides which tokens a user's revocation covers, so no clock does.
 * One sequence numbers the revocations of all users: the point of issue can be taken before it is known whose token it will be.
 * Tokens of other issuers have no such number. For them, and for services without numbers, a revocation of a user covers the whole second in
 * which it is made, because `iat` is in whole seconds.
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

/**
 * Revokes all tokens issued to a user so far. Idempotent by `id`. Call it after the change that is its cause is committed: a token that follows
 * the revocation then has the changed claims.
 */
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
 * Raises the number of the last revocation above those that the database gave before it was restored from a backup: services and tokens still have
 * them. The time in milliseconds is such a number, as there is less than one revocation in a millisecond.
 */
export async function raiseRevocationNumber(tx: EntityManager): Promise<void> {
  await tx.query(
    `SELECT setval('revocation_number', greatest(last_value + 1000000, (extract(epoch FROM clock_timestamp()) * 1000)::bigint))
     FROM revocation_number`,
  );
}

/** The point at which a token is issued. */
export interface IssuePoint {
  /** In seconds since the epoch, by the clock of the database. */
  readonly time: number;
  /** The number of the last revocation of any user; 0 before the first. */
  readonly rev: number;
}

/**
 * The point at which the next token is issued. Read the roles and all else that the token states after it: revocations from now on cover the token.
 * A number that is allocated counts, committed or not: its cause was committed before.
 */
export async function issuePoint(tx: EntityManager): Promise<IssuePoint> {
  const [point] = await tx.query<IssuePoint[]>(
    `SELECT extract(epoch FROM clock_timestamp())::float8 AS time, coalesce(pg_sequence_last_value('revocation_number'), 0)::float8 AS rev`,
  );
  if (!point) throw new Error('The database returned no time.');
  return point;
}
