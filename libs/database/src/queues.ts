import { Logger } from '@nestjs/common';
import { PgBoss } from 'pg-boss';
import type { DataSource } from 'typeorm';
import { urlOf } from './data-source.ts';

/** Delivered events are deleted after this time, in seconds. */
export const DELETE_AFTER_S = 600;

/** Undelivered events and dead letters are kept for a year, in seconds. */
export const RETENTION_S = 365 * 24 * 3600;

/** The queue of the events that their receivers refuse. Nothing delivers it. */
export const DEAD_LETTERS = 'dead_letter';

/**
 * The interval at which abandoned deliveries are looked for, in seconds. After a crash, an event is delivered again at most 8 seconds after its
 * timeout: this interval, a pause of up to 2 seconds and the interval of polling. With the default timeout, that is 13 seconds after the start
 * of the lost delivery.
 */
const SUPERVISE_S = 5;

/** How long deliveries in progress may take at the stop, in milliseconds. */
const STOP_MS = 3_000;

/**
 * How long a connection waits for an answer, in milliseconds. One to a lost host never gets it, and TCP gives up after some 15 minutes. Longer than pg-boss needs
 * to change its schema.
 */
const ANSWER_MS = 30_000;

/** The queues of each database that run. */
const running = new WeakMap<DataSource, Queues>();

/** The queues of a database: one pg-boss with its connections and its polling, shared by all outboxes of a process. */
export class Queues {
  readonly boss: PgBoss;
  readonly #log = new Logger('outbox');
  #started: Promise<unknown> | undefined;
  #stopped: Promise<void> | undefined;

  private constructor(readonly dataSource: DataSource) {
    // An option of pg, to which pg-boss passes all of its own. Its types leave it out.
    const bounds = { query_timeout: ANSWER_MS };
    this.boss = new PgBoss({
      ...bounds,
      connectionString: urlOf(dataSource),
      max: 4,
      schedule: false,
      useListenNotify: true,
      superviseIntervalSeconds: SUPERVISE_S,
      // Less than the interval: a check that comes a moment early would be skipped.
      monitorIntervalSeconds: SUPERVISE_S - 1,
      maintenanceIntervalSeconds: DELETE_AFTER_S,
    });
    this.boss.on('error', (error) => {
      this.#log.warn({ msg: 'outbox failed', reason: error.message });
    });
  }

  /** The queues of this database. After a stop, new ones. */
  static of(dataSource: DataSource): Queues {
    const queues = running.get(dataSource) ?? new Queues(dataSource);
    running.set(dataSource, queues);
    return queues;
  }

  /** Runs a statement on pg-boss's own connections, not on those of requests. No rows if no outbox of this database runs. */
  static async query<Row>(dataSource: DataSource, text: string): Promise<Row[]> {
    const queues = running.get(dataSource);
    if (queues?.isStarted !== true) return [];
    await queues.start();
    return (await queues.boss.getDb().executeSql(text)).rows as Row[];
  }

  get isStarted(): boolean {
    return this.#started !== undefined;
  }

  /** Starts once, whoever calls first. */
  async start(): Promise<void> {
    await (this.#started ??= this.#start());
  }

  async #start(): Promise<void> {
    await this.boss.start();
    await this.boss.createQueue(DEAD_LETTERS, { retentionSeconds: RETENTION_S });
  }

  /** Stops once. The outboxes of a process stop together. */
  stop(): Promise<void> {
    running.delete(this.dataSource);
    return (this.#stopped ??= this.boss.stop({ graceful: true, timeout: STOP_MS }));
  }
}
