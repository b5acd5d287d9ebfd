import { query } from '@reputable/postgres';
import pg from 'pg';
import { eventually } from './eventually.ts';

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

  /** Resolves when another transaction waits for this one. */
  async isAwaited(): Promise<void> {
    await eventually(async () => {
      const waiting = await query(this.url, 'SELECT FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))', [this.pid]);
      if (waiting.length === 0) throw new Error('No transaction waits for the lock.');
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
