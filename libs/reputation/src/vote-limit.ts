import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';

/** The interval at which old counts are deleted, in milliseconds: an hour. */
const CLEAN_MS = 3_600_000;

/** Creates the table of {@link VoteLimit}. A crash of PostgreSQL empties it, which allows some more votes in that minute. */
export const CREATE_VOTE_COUNT = `
  CREATE UNLOGGED TABLE vote_count (
    user_id uuid PRIMARY KEY,
    minute timestamptz NOT NULL,
    votes int NOT NULL
  )`;

/**
 * Adds $2 votes for each of the users $1 to their counts of this minute. Returns the counts. Locks the rows in the order of the users, so two
 * batches cannot deadlock.
 */
const COUNT = `
  INSERT INTO vote_count AS counted (user_id, minute, votes)
  SELECT user_id, date_trunc('minute', now()), votes FROM unnest($1::uuid[], $2::int[]) AS added (user_id, votes) ORDER BY user_id
  ON CONFLICT (user_id) DO UPDATE SET
    minute = greatest(counted.minute, excluded.minute),
    votes = excluded.votes + CASE WHEN counted.minute >= excluded.minute THEN counted.votes ELSE 0 END
  RETURNING user_id, votes`;

/**
 * Bounds the votes of each user in each minute of the clock. The counts are in the service's database, so the bound holds however many replicas
 * there are, and count in the transaction of the votes.
 */
@Injectable()
export class VoteLimit implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('votes');
  #timer: NodeJS.Timeout | undefined;

  /** @param perMinute the most votes of a user in a minute; 0 for no limit */
  constructor(
    readonly dataSource: DataSource,
    readonly perMinute: number,
  ) {}

  /** Counts the votes of these users, in their order. Returns for each vote whether it is within the limit. */
  async count(tx: EntityManager, users: readonly string[]): Promise<boolean[]> {
    if (this.perMinute === 0) return users.map(() => true);
    const votes = Map.groupBy(users, (user) => user);
    const values = [[...votes.keys()], [...votes.values()].map(({ length }) => length)];
    const rows = await tx.query<{ user_id: string; votes: number }[]>(COUNT, values);
    const before = new Map(rows.map((row) => [row.user_id, row.votes - (votes.get(row.user_id)?.length ?? 0)]));
    return users.map((user) => {
      const count = (before.get(user) ?? 0) + 1;
      before.set(user, count);
      return count <= this.perMinute;
    });
  }

  onApplicationBootstrap(): void {
    const clean = () =>
      void this.clean().catch((error: unknown) => this.#log.warn({ msg: 'vote counts not deleted', reason: String(error) }));
    this.#timer = setInterval(clean, CLEAN_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  /** Deletes the counts of earlier minutes. */
  async clean(): Promise<void> {
    await this.dataSource.query("DELETE FROM vote_count WHERE minute < now() - interval '1 minute'");
  }
}

/** The seconds until the next minute, for Retry-After. */
export const secondsToNextMinute = (now = Date.now()): number => 60 - (Math.floor(now / 1000) % 60);

/** The setting VOTES_PER_MINUTE. */
export const votesPerMinute = () => {
  const error = 'must be a number of votes: 0 or more.';
  return z.coerce.number({ error }).int({ error }).min(0, { error }).default(60);
};
