import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { AuthenticatedUser } from '@reputable/auth';
import { epochMs, MAX_ID, select } from '@reputable/database';
import { Repository } from 'typeorm';
import { ClaimsOutbox } from './claims.outbox.ts';
import { eventTooOld, kindNotYours, notYourEvents } from './reputation.errors.ts';
import { ReputationEvent } from './reputation-event.entity.ts';
import { deltaOf, isTooOld, type Kind, MAX_AGE_DAYS, mayReport, maySeeEvents } from './reputation.rules.ts';

/** A reported event. This service determines its worth. */
export type ReportedEvent = Pick<ReputationEvent, 'id' | 'userId' | 'undone' | 'subjectId'> & {
  readonly kind: Kind;
  readonly occurredAt: Date;
};

/**
 * Stores new events and adds them to the sums in one statement, so the sum always matches the events. A repeated event changes nothing. Locks
 * profiles in the order of their ids, so two batches cannot deadlock. Returns the users, and whether their visible reputation changed.
 */
const APPLY = `
  WITH reported AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb)
      AS e(id uuid, "userId" uuid, kind text, undone boolean, "subjectId" uuid, delta int, "occurredAt" timestamptz)
  ), locked AS (
    SELECT id FROM profile WHERE id IN (SELECT "userId" FROM reported) ORDER BY id FOR UPDATE
  ), fresh AS (
    INSERT INTO reputation_event (id, user_id, kind, undone, subject_id, delta, occurred_at)
    SELECT DISTINCT ON (r.id) r.id, r."userId", r.kind, r.undone, r."subjectId", r.delta, r."occurredAt"
    FROM reported r JOIN locked l ON l.id = r."userId"
    ON CONFLICT (id) DO NOTHING
    RETURNING user_id, delta
  )
  UPDATE profile SET reputation_sum = reputation_sum + s.sum
  FROM (SELECT user_id, sum(delta)::int AS sum FROM fresh GROUP BY user_id) s
  WHERE profile.id = s.user_id
  RETURNING profile.id, GREATEST(reputation_sum, 0) <> GREATEST(reputation_sum - s.sum, 0) AS changed`;

/** The events of the user $1 before the event $2: latest first, at most $3. */
const LIST = `
  SELECT id, user_id AS "userId", kind, undone, subject_id AS "subjectId", delta, ${epochMs('occurred_at')} AS "occurredAt"
  FROM reputation_event WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`;

/** Reputation: events and their sums. */
@Injectable()
export class ReputationService {
  constructor(
    @InjectRepository(ReputationEvent) readonly events: Repository<ReputationEvent>,
    readonly claims: ClaimsOutbox,
  ) {}

  /** Applies reported events, once per event id. Announces the claim changes of users whose visible reputation changes. */
  async apply(reported: readonly ReportedEvent[], service: string): Promise<void> {
    const foreign = reported.find(({ kind }) => !mayReport(service, kind));
    if (foreign) throw kindNotYours(service, foreign.kind);
    const old = reported.find((event) => isTooOld(event));
    if (old) throw eventTooOld(old.id, MAX_AGE_DAYS);
    const events = JSON.stringify(reported.map((event) => ({ ...event, delta: deltaOf(event) })));
    await this.events.manager.transaction(async (tx) => {
      const [users] = await tx.query<[{ id: string; changed: boolean }[], number]>(APPLY, [events]);
      const changed = users.filter((user) => user.changed);
      const at = Date.now();
      await this.claims.add(
        tx,
        changed.map(({ id }) => ({ userId: id, at })),
      );
    });
  }

  /** Lists events: latest first, after the event `after`. Fetches up to `size` + 1, to detect a next page. */
  list(userId: string, size: number, after: string | undefined, user: AuthenticatedUser): Promise<ReputationEvent[]> {
    if (!maySeeEvents(user, userId)) throw notYourEvents();
    return select<ReputationEvent>(this.events.manager.dataSource, LIST, [userId, after ?? MAX_ID, size + 1]);
  }
}
