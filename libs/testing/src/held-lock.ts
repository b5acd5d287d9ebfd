import { query } from '@reputable/postgres';
import pg from 'pg';
import { eventually } from './eventually.ts';

/** The transactions that wait for the process $1, or for one that does. */
const WAITING = `WITH RECURSIVE waiting (pid) AS (
    SELECT $1::int UNION SELECT activity.pid FROM pg_stat_activity activity JOIN waiting ON waiting.pid = ANY (pg_blocking_pids(activity.pid))
  ) SELECT FROM waiting WHERE pid <> $1`;

/**
 * A transaction that holds locks until the test releases them.
 *
 * @example
 * await using lock = await HeldLock.take(post.databaseUrl, 'LOCK TABLE post');
 * const created = posts.createPost({ title: 'T', body: 'B' });
 * await lock.isAwaited();
 * await lock.release();
 */
export class HeldLock {
  private constructor(
    readonly url: string,
    readonly client: pg.Client,
    readonly pid: number,
  ) {}

  /** Begins a transaction. @param sql the statement that takes the locks */
  static async take(url: string, sql: string): Promise<HeldLock> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await client.query('BEGIN');
    await client.query(sql);
    return new HeldLock(url, client, rows[0]?.pid ?? NaN);
  }

  /**
   * Resolves when other transactions wait for this one, or for one that does.
   *
   * @param count how many
   */
  async isAwaited(count = 1): Promise<void> {
    await eventually(async () => {
      const waiting = await query(this.url, WAITING, [this.pid]);
      if (waiting.length < count) throw new Error(`${String(waiting.length)} transactions wait for the lock.`);
    });
  }

  /**
   * Commits. Resolves with the time right before, on the clock of the database.
   *
   * @param statements run first, in the transaction
   */
  async release(...statements: string[]): Promise<Date> {
    for (const sql of statements) await this.client.query(sql);
    const { rows } = await this.client.query<{ at: Date }>('SELECT clock_timestamp() AS at');
    await this.client.query('COMMIT');
    return rows[0]?.at ?? new Date(NaN);
  }

  /** Ends the connection, and so the transaction, unless it has been committed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.end();
  }
}
