import { PgBoss } from 'pg-boss';
import { DEAD_LETTERS } from './queues.ts';

/** An event that its receiver refused for good. */
export interface DeadLetter {
  readonly id: string;
  readonly queue: string;
  /** When the event was added. */
  readonly addedAt: Date;
  /** When it was refused for the last time. */
  readonly refusedAt: Date;
  /** How often it was delivered, outages included. */
  readonly tries: number;
  /** The receiver's last error. */
  readonly reason: string | null;
  readonly event: object;
}

const LIST = `
  SELECT id, source_name AS queue, source_created_on AS "addedAt", created_on AS "refusedAt", source_retry_count + 1 AS tries,
    output ->> 'reason' AS reason, data - 'traceparent' AS event
  FROM pgboss.job WHERE name = '${DEAD_LETTERS}' AND state < 'active' AND NOT blocked
  ORDER BY created_on, id`;

/** The dead letters in a service's database, for an operator. */
export class DeadLetters {
  private constructor(readonly boss: PgBoss) {}

  /** Runs `work` with the dead letters of the database at this URL. */
  static async open<T>(url: string, work: (letters: DeadLetters) => Promise<T>): Promise<T> {
    const boss = new PgBoss({ connectionString: url, max: 1, schedule: false, supervise: false, migrate: false });
    // Without a listener, an error of an idle connection ends the process.
    boss.on('error', () => undefined);
    try {
      await boss.start();
      return await work(new DeadLetters(boss));
    } finally {
      await boss.stop({ graceful: false });
    }
  }

  /** The oldest first. */
  async list(): Promise<DeadLetter[]> {
    return (await this.boss.getDb().executeSql(LIST)).rows as DeadLetter[];
  }

  /** Moves these back to their queues, as new jobs. Returns how many. */
  retry(ids: readonly string[]): Promise<number> {
    return this.boss.redrive(DEAD_LETTERS, { ids: [...ids], limit: Math.max(1, ids.length) });
  }

  /** Deletes one. Returns false if it is no longer there, for example because somebody has retried it. */
  async drop(id: string): Promise<boolean> {
    // The types of pg-boss 12.34 leave out the fields.
    const { affected } = (await this.boss.deleteJob(DEAD_LETTERS, id)) as { affected: number };
    return affected > 0;
  }
}
