import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { PgBoss } from 'pg-boss';
import type { DataSource, EntityManager } from 'typeorm';
import { urlOf } from './data-source.ts';

/** What an outbox is for. */
export interface OutboxOptions<Event extends object> {
  /** The service's database. */
  readonly dataSource: DataSource;
  /** The queue's name. */
  readonly queue: string;
  /** Brings events to where they must go. At least once: it may see an event again, and throws to see it again later. */
  readonly deliver: (events: Event[]) => Promise<void>;
}

/** How many events go in one delivery. */
const BATCH = 200;

/** How often the queue is looked at when nothing says that there is something new in it: for what is due again. In seconds. */
const POLL_S = 1;

/**
 * How long a delivery may take; one call has less. What a process that was killed was about to deliver is delivered by another, or by
 * itself when it is back, after twice this time at most. In seconds.
 */
const ABANDONED_S = 5;

/** What has been delivered is forgotten after this time. In seconds. */
const FORGET_S = 600;

/** A year: events wait for a service that is down as long as it takes somebody to notice. In seconds. */
const RETENTION_S = 365 * 24 * 3600;

/**
 * A transactional outbox: events are kept in the same transaction as what they tell of, and delivered after it commits, at least
 * once, in no particular order. The queue is pg-boss, in the service's own database.
 */
export class Outbox<Event extends object> implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('outbox');
  readonly #boss: PgBoss;

  constructor(readonly options: OutboxOptions<Event>) {
    this.#boss = new PgBoss({
      connectionString: urlOf(options.dataSource),
      max: 4,
      schedule: false,
      useListenNotify: true,
      superviseIntervalSeconds: ABANDONED_S,
      monitorIntervalSeconds: ABANDONED_S,
      maintenanceIntervalSeconds: FORGET_S,
    });
    this.#boss.on('error', (error) => {
      this.#log.warn({ msg: 'queue', reason: error.message });
    });
  }

  /** Adds events as part of a transaction: they are kept if it commits, and never were if it does not. */
  async add(transaction: EntityManager, events: readonly Event[]): Promise<void> {
    if (events.length === 0) return;
    const db = { executeSql: async (text: string, values?: unknown[]) => ({ rows: await transaction.query<unknown[]>(text, values) }) };
    await this.#boss.insert(
      this.options.queue,
      events.map((data) => ({ data })),
      { db },
    );
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.#boss.start();
    await this.#boss.createQueue(this.options.queue, {
      notify: true,
      retryLimit: 1_000_000,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: 5,
      retentionSeconds: RETENTION_S,
      expireInSeconds: ABANDONED_S,
      deleteAfterSeconds: FORGET_S,
    });
    await this.#boss.supervise(this.options.queue);
    const options = { batchSize: BATCH, burstWhenBatchFull: true, pollingIntervalSeconds: POLL_S, notifyPollingIntervalSeconds: POLL_S };
    await this.#boss.work<Event>(this.options.queue, options, (jobs) => this.#deliver(jobs.map(({ data }) => data)));
  }

  async #deliver(events: Event[]): Promise<void> {
    try {
      await this.options.deliver(events);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.warn({ msg: 'events could not be delivered, and will be again', queue: this.options.queue, events: events.length, reason });
      throw error;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#boss.stop({ graceful: true, timeout: 3_000 });
  }
}
