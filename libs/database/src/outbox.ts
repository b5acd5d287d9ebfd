import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { PgBoss } from 'pg-boss';
import type { DataSource, EntityManager } from 'typeorm';
import { inProcessSpan, inSendSpan, type Traced } from './outbox-span.ts';
import { DELETE_AFTER_S, Queues } from './queues.ts';

/** The options of an {@link Outbox}. */
export interface OutboxOptions<Event extends object> {
  /** The service's database. */
  readonly dataSource: DataSource;
  /** The queue's name. */
  readonly queue: string;
  /** Delivers a batch of events. It may receive an event more than once. Throw to retry the batch later. */
  readonly deliver: (events: Event[]) => Promise<void>;
  /** The largest delivery, in events. 200 unless given. */
  readonly batch?: number;
  /** The timeout of a delivery, in seconds; longer than a call's deadline. 5 unless given. */
  readonly timeoutS?: number;
  /** The longest pause before a retry, in seconds. 5 unless given. */
  readonly maxPauseS?: number;
}

/** The interval at which the queue is polled for retries, in seconds. Notifications announce new events. */
const POLL_S = 1;

/** Undelivered events are kept for a year, in seconds. */
const RETENTION_S = 365 * 24 * 3600;

const queueOptions = ({ timeoutS = 5, maxPauseS = 5 }: Pick<OutboxOptions<never>, 'timeoutS' | 'maxPauseS'>) => ({
  notify: true,
  retryLimit: 1_000_000,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: maxPauseS,
  retentionSeconds: RETENTION_S,
  expireInSeconds: timeoutS,
  deleteAfterSeconds: DELETE_AFTER_S,
});

/**
 * A transactional outbox: stores events in the transaction of the change that they describe, and delivers them after the commit, at least
 * once and in no particular order. The queue is pg-boss in the service's own database.
 */
export class Outbox<Event extends object> implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('outbox');
  readonly #queues: Queues;

  constructor(readonly options: OutboxOptions<Event>) {
    this.#queues = Queues.of(options.dataSource);
  }

  get #boss(): PgBoss {
    return this.#queues.boss;
  }

  /**
   * Adds events in a transaction. A rollback removes them.
   *
   * @param afterS how long to wait before the first delivery, in seconds
   */
  async add(transaction: EntityManager, events: readonly Event[], afterS = 0): Promise<void> {
    if (events.length === 0) return;
    const db = { executeSql: async (text: string, values?: unknown[]) => ({ rows: await transaction.query<unknown[]>(text, values) }) };
    await inSendSpan(this.options.queue, events, (jobs) =>
      this.#boss.insert(
        this.options.queue,
        jobs.map((data) => ({ data, ...(afterS > 0 && { startAfter: afterS }) })),
        { db },
      ),
    );
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.#queues.start();
    const { queue, batch = 200 } = this.options;
    const stored = queueOptions(this.options);
    await this.#boss.createQueue(queue, stored);
    // createQueue ignores the options of a queue that exists (pg-boss 12.34).
    await this.#boss.updateQueue(queue, stored);
    await this.#boss.supervise(queue);
    const options = { batchSize: batch, burstWhenBatchFull: true, pollingIntervalSeconds: POLL_S, notifyPollingIntervalSeconds: POLL_S };
    await this.#boss.work<Traced<Event>>(queue, options, (jobs) => this.#deliver(jobs.map(({ data }) => data)));
  }

  async #deliver(jobs: readonly Traced<Event>[]): Promise<void> {
    await inProcessSpan(this.options.queue, jobs, (events) => this.#attempt(events));
  }

  async #attempt(events: Event[]): Promise<void> {
    try {
      await this.options.deliver(events);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.warn({ msg: 'delivery failed', queue: this.options.queue, events: events.length, reason });
      throw error;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#queues.stop();
  }
}
