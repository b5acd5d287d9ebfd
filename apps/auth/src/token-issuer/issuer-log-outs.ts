import { Injectable } from '@nestjs/common';
import { CLOCK_SKEW_S } from '@reputable/auth';
import { newId } from '@reputable/database';
import type { EntityManager } from 'typeorm';
import type { EndedOutside } from '../outside-provider/outside-session.ts';
import { SessionService } from '../session/session.service.ts';
import type { IssuedToken } from './token-issuers.ts';

/** The lock of an issuer: log-outs have it alone, new sessions share it. */
const LOCK = "hashtextextended('issuer log-out ' || $1, 0)";

/**
 * The condition for sessions and tokens that a log-out ends: of its subject and of its session. One without a `sid` may be of any session, so
 * a log-out of its subject ends it too.
 */
const SESSIONS = `SELECT session_id AS id FROM issuer_session WHERE issuer = $1 AND ($2::text IS NULL OR subject = $2)
  AND ($3::text IS NULL OR sid = $3 OR (sid IS NULL AND subject = $2))`;

const REFUSED = `SELECT 1 FROM issuer_log_out WHERE issuer = $1 AND (subject = $2 OR sid = $3) AND (subject IS NULL OR subject = $2)
  AND (sid IS NULL OR $3::text IS NULL OR sid = $3)
  AND (sid = $3 OR ended_at + interval '${String(CLOCK_SKEW_S)} seconds' >= to_timestamp($4)) LIMIT 1`;

/** The log-outs at other issuers. */
@Injectable()
export class IssuerLogOuts {
  constructor(readonly sessions: SessionService) {}

  /**
   * Ends the sessions here of a user or a session at an issuer. Tokens from before begin no session afterwards.
   *
   * @returns the number of ended sessions
   */
  async end(tx: EntityManager, { issuer, subject, sid }: EndedOutside): Promise<number> {
    await tx.query(`SELECT pg_advisory_xact_lock(${LOCK})`, [issuer]);
    await tx.query('INSERT INTO issuer_log_out (id, issuer, subject, sid) VALUES ($1, $2, $3, $4)', [
      newId(),
      issuer,
      subject ?? null,
      sid ?? null,
    ]);
    const found = await tx.query<{ id: string }[]>(SESSIONS, [issuer, subject ?? null, sid ?? null]);
    return this.sessions.endThese(
      tx,
      found.map(({ id }) => id),
      'logged_out_at_provider',
    );
  }

  /** Whether a log-out has ended the session of a token. Until the transaction ends, no log-out can. */
  async hasEnded(tx: EntityManager, { issuer, subject, sid, issuedAt }: IssuedToken): Promise<boolean> {
    await tx.query(`SELECT pg_advisory_xact_lock_shared(${LOCK})`, [issuer]);
    return (await tx.query<object[]>(REFUSED, [issuer, subject, sid ?? null, issuedAt])).length > 0;
  }
}
