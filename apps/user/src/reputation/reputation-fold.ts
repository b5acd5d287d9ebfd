import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { MAX_AGE_DAYS } from './reputation.rules.ts';

/** The interval, in milliseconds: an hour. */
const INTERVAL_MS = 3_600_000;

/** The undone events of one statement. */
const BATCH = 1_000;

/** The age of the events that are folded, in days. One more than that of accepted events, because clocks differ. */
const FOLD_AGE_DAYS = MAX_AGE_DAYS + 1;

/**
 * Takes $3 undone events older than $4 days, after the one at time $1 with id $2, and deletes each with an event that it undoes: of the same user,
 * kind and subject, with the opposite points. The sum of the points stays the same. Two replicas that fold at once delete the same pairs.
 */
const FOLD = `
  WITH undone AS (
    SELECT occurred_at, id, user_id, kind, subject_id FROM reputation_event
    WHERE undone AND occurred_at < now() - make_interval(days => $4) AND (occurred_at, id) > ($1::timestamptz, $2::uuid)
    ORDER BY occurred_at, id LIMIT $3
  ), numbered AS (
    SELECT event.id, row_number() OVER (PARTITION BY event.user_id, event.kind, event.subject_id, event.undone, event.delta ORDER BY event.id) AS nth,
      least(count(*) FILTER (WHERE event.undone) OVER pair, count(*) FILTER (WHERE NOT event.undone) OVER pair) AS pairs
    FROM reputation_event event JOIN (SELECT DISTINCT user_id, kind, subject_id FROM undone) votes USING (user_id, kind, subject_id)
    WHERE event.occurred_at < now() - make_interval(days => $4)
    WINDOW pair AS (PARTITION BY event.user_id, event.kind, event.subject_id, abs(event.delta))
  ), deleted AS (
    DELETE FROM reputation_event USING numbered WHERE reputation_event.id = numbered.id AND nth <= pairs RETURNING 1
  )
  SELECT (SELECT count(*) FROM deleted)::int AS deleted, last.occurred_at::text AS "occurredAt", last.id
  FROM (SELECT occurred_at, id FROM undone ORDER BY occurred_at DESC, id DESC LIMIT 1) last`;

interface Folded {
  readonly deleted: number;
  /** The last undone event of the batch. */
  readonly occurredAt: string;
  readonly id: string;
}

/**
 * Deletes old events together with those that undo them, so that the table grows with the votes that count and not with every change of a vote.
 * An event may be forgotten once it is too old to be accepted: a repetition is then refused, so no event counts twice.
 */
@Injectable()
export class ReputationFold implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('reputation');
  #timer: NodeJS.Timeout | undefined;

  constructor(readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    const run = () =>
      void this.fold().catch((error: unknown) => {
        this.#log.warn({ msg: 'reputation events not folded', reason: error instanceof Error ? error.message : String(error) });
      });
    this.#timer = setInterval(run, INTERVAL_MS).unref();
    run();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  /** Folds all old events. Returns how many it deleted. */
  async fold(): Promise<number> {
    let deleted = 0;
    let after = { occurredAt: '-infinity', id: '00000000-0000-0000-0000-000000000000' };
    for (;;) {
      const rows = await this.dataSource.query<Folded[]>(FOLD, [after.occurredAt, after.id, BATCH, FOLD_AGE_DAYS]);
      const [last] = rows;
      if (!last) break;
      deleted += last.deleted;
      after = last;
    }
    if (deleted > 0) this.#log.log({ msg: 'reputation events folded', deleted });
    return deleted;
  }
}
