import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { JobResult, JobWithMetadata, PgBoss } from 'pg-boss';
import type { DataSource, EntityManager } from 'typeorm';
import { deadlineOf } from './data-source.ts';
import { deliverInParts, type Failure } from './delivery.ts';
import { eventsOf, inProcessSpan, inSendSpan, type Traced } from './outbox-span.ts';
import { DEAD_LETTERS, DELETE_AFTER_S, Queues, RETENTION_S } from './queues.ts';

/** The options of an {@link Outbox}. */
export interface OutboxOptions<Event extends object> {
  /** The service's database. */
  readonly dataSource: DataSource;
  /** The queue's name. */
  readonly queue: string;
  /**
   * Delivers a batch of events. It may receive an event more than once. If it throws, the outbox delivers the halves of the batch, and retries
   * an event that fails alone after a pause. It retries for as long as an outage lasts: UNAVAILABLE, DEADLINE_EXCEEDED,
   * RESOURCE_EXHAUSTED, UNAUTHENTICATED, CANCELLED, ABORTED, and errors of connections. Any other error is a refusal.
   */
  readonly deliver: (events: Event[]) => Promise<void>;
  /** The largest delivery, in events. 200 unless given. */
  readonly batch?: number;
  /** The timeout of a delivery, in seconds. Unless given, 5, or what a call needs that starts at half of it and lasts until its deadline, if that is longer. */
  readonly timeoutS?: number;
  /** The longest pause before a retry, in seconds: the pauses are 1 to 2, 2 to 4, and so on. 5 unless given. */
  readonly maxPauseS?: number;
  /** After this many refusals, an event becomes a dead letter. 60 unless given: with pauses of 5 seconds, that is 5 minutes. */
  readonly maxRefusals?: number;
}

/** The output of a job whose event was not delivered. pg-boss copies it to the dead letter. */
export interface FailedOutput {
  /** How often the event was refused. */
  readonly refusals: number;
  /** The last error. */
  readonly reason: string;
}

type Job<Event extends object> = JobWithMetadata<Traced<Event>>;

/** The interval at which the queue is polled for retries, in seconds. Notifications announce new events. */
const POLL_S = 1;

/** The most calls for one delivery. Two refused events among 200 take some 30. */
const MAX_CALLS = 40;

/** The part of the timeout after which a delivery starts no more calls. */
const CALLS_SHARE = 0.5;

/** The least default of `timeoutS`. */
const TIMEOUT_S = 5;

/** What a delivery may take besides its last call, in milliseconds. */
const MARGIN_MS = 500;

/**
 * The timeout of a delivery. It must not end before the last call does: pg-boss would deliver the events again, and count no refusal, each time that the
 * call is slow.
 */
const timeoutOf = ({ dataSource, timeoutS }: Pick<OutboxOptions<never>, 'dataSource' | 'timeoutS'>) =>
  timeoutS ?? Math.max(TIMEOUT_S, Math.ceil((deadlineOf(dataSource) + MARGIN_MS) / (1 - CALLS_SHARE) / 1000));

/** The default of `maxRefusals`. */
const MAX_REFUSALS = 60;

const queueOptions = ({ maxPauseS = 5, ...options }: Pick<OutboxOptions<never>, 'dataSource' | 'timeoutS' | 'maxPauseS'>) => ({
  notify: true,
  deadLetter: DEAD_LETTERS,
  retryLimit: 1_000_000,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: maxPauseS,
  retentionSeconds: RETENTION_S,
  expireInSeconds: timeoutOf(options),
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

  /**
   * Deletes the events with this value in a field, in a transaction: those that wait, those that were delivered, and dead letters. A delivery in
   * progress continues.
   */
  async discard(transaction: EntityManager, field: string, value: string): Promise<void> {
    await transaction.query('DELETE FROM pgboss.job WHERE (name = $1 OR source_name = $1) AND data ->> $2::text = $3', [
      this.options.queue,
      field,
      value,
    ]);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.#queues.start();
    const { queue, batch = 200 } = this.options;
    const stored = queueOptions(this.options);
    await this.#boss.createQueue(queue, stored);
    // createQueue ignores the options of a queue that exists (pg-boss 12.34).
    await this.#boss.updateQueue(queue, stored);
    await this.#boss.supervise(queue);
    const options = {
      batchSize: batch,
      burstWhenBatchFull: true,
      pollingIntervalSeconds: POLL_S,
      notifyPollingIntervalSeconds: POLL_S,
      perJobResults: true,
      includeMetadata: true,
    } as const;
    await this.#boss.work<Traced<Event>, undefined, typeof options>(queue, options, (jobs) => this.#deliver(jobs));
  }

  async #deliver(jobs: readonly Job<Event>[]): Promise<JobResult[]> {
    const failures = await inProcessSpan(this.options.queue, jobs, () => this.#attempt(jobs));
    if (failures.size > 0) this.#logFailures(jobs.length, [...failures.values()]);
    return jobs.map((job) => this.#resultOf(job, failures.get(job)));
  }

  /** Delivers the events. Those that were refused before come last and alone, so that they fail no others. */
  #attempt(jobs: readonly Job<Event>[]): Promise<Map<Job<Event>, Failure>> {
    const suspects = jobs.filter((job) => refusalsOf(job) > 0);
    const others = jobs.filter((job) => refusalsOf(job) === 0);
    const until = Date.now() + timeoutOf(this.options) * 1000 * CALLS_SHARE;
    const batches = [others, ...suspects.map((job) => [job])];
    return deliverInParts(batches, (batch) => this.options.deliver(eventsOf(batch)), { until, calls: MAX_CALLS });
  }

  #logFailures(events: number, failures: readonly Failure[]): void {
    const refused = failures.filter((failure) => failure.refused);
    const reason = (refused[0] ?? failures[0])?.reason;
    this.#log.warn({ msg: 'delivery failed', queue: this.options.queue, events, failed: failures.length, refused: refused.length, reason });
  }

  #resultOf(job: Job<Event>, failure: Failure | undefined): JobResult {
    const { id } = job;
    if (!failure) return { id, status: 'completed' };
    const refusals = refusalsOf(job) + (failure.refused ? 1 : 0);
    const output: FailedOutput = { refusals, reason: failure.reason };
    const { queue, maxRefusals = MAX_REFUSALS } = this.options;
    // A job of an earlier version has no queue for dead letters: pg-boss would delete it.
    if (refusals < maxRefusals || !job.deadLetter) return { id, status: 'failed', output };
    this.#log.error({ msg: 'event refused for good', queue, job: id, tries: job.retryCount + 1, refusals, reason: failure.reason });
    return { id, status: 'deadletter', output };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#queues.stop();
  }
}

const refusalsOf = ({ output }: { readonly output: object | null }) => (output as Partial<FailedOutput> | null)?.refusals ?? 0;
