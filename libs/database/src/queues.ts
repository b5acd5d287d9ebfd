import { Logger } from '@nestjs/common';
import { PgBoss } from 'pg-boss';
import type { DataSource } from 'typeorm';
import { urlOf } from './data-source.ts';

/** Delivered events are deleted after this time, in seconds. */
export const DELETE_AFTER_S = 600;

/** The interval at which abandoned deliveries are looked for, in seconds. They are repeated this long after their timeout at most. */
const SUPERVISE_S = 5;

/** How long deliveries in progress may take at the stop, in milliseconds. */
const STOP_MS = 3_000;

/** The queues of each database that run. */
const running = new WeakMap<DataSource, Queues>();

/** The queues of a database: one pg-boss with its connections and its polling, shared by all outboxes of a process. */
export class Queues {
  readonly boss: PgBoss;
  readonly #log = new Logger('outbox');
  #started: Promise<unknown> | undefined;
  #stopped: Promise<void> | undefined;

  private constructor(readonly dataSource: DataSource) {
    this.boss = new PgBoss({
      connectionString: urlOf(dataSource),
      max: 4,
      schedule: false,
      useListenNotify: true,
      superviseIntervalSeconds: SUPERVISE_S,
      monitorIntervalSeconds: SUPERVISE_S,
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

  /** Starts once, whoever calls first. */
  async start(): Promise<void> {
    await (this.#started ??= this.boss.start());
  }

  /** Stops once. The outboxes of a process stop together. */
  stop(): Promise<void> {
    running.delete(this.dataSource);
    return (this.#stopped ??= this.boss.stop({ graceful: true, timeout: STOP_MS }));
  }
}
