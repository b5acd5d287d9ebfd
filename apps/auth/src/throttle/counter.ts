import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { DataSource } from 'typeorm';
import type { Fingerprints } from './fingerprints.ts';
import type { Limit } from './limit.field.ts';
import { tooManyAttempts } from './throttle.errors.ts';

/** At this multiple of the limit, attempts are refused from memory. Below it, the count may still go down. */
const FLOOD = 4;

/** Counts recent events by fingerprint, for all replicas, in the table `attempt`. */
export class Counter {
  readonly #store: RateLimiterPostgres;

  /** @param name prefixes the keys of this counter */
  constructor(
    dataSource: DataSource,
    readonly fingerprints: Fingerprints,
    name: string,
    readonly limit: Limit,
  ) {
    this.#store = new RateLimiterPostgres({
      storeClient: dataSource,
      storeType: 'typeorm',
      tableName: 'attempt',
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix: name,
      points: limit.count,
      duration: limit.seconds,
      inMemoryBlockOnConsumed: limit.count * FLOOD,
    });
  }

  /**
   * Adds one, atomically: of concurrent calls, only as many succeed as the limit allows.
   *
   * @throws DomainError TOO_MANY_ATTEMPTS
   */
  async take(...parts: Parts): Promise<void> {
    try {
      await this.#store.consume(this.fingerprints.of(...parts));
    } catch (error) {
      throw error instanceof RateLimiterRes ? tooManyAttempts(error.msBeforeNext) : error;
    }
  }

  /** Subtracts one. */
  async giveBack(...parts: Parts): Promise<void> {
    await this.#store.reward(this.fingerprints.of(...parts));
  }

  /** Resets the count. */
  async clear(...parts: Parts): Promise<void> {
    await this.#store.delete(this.fingerprints.of(...parts));
  }

  /**
   * Checks the limit without counting.
   *
   * @throws DomainError TOO_MANY_ATTEMPTS
   */
  async check(...parts: Parts): Promise<void> {
    const found = await this.#store.get(this.fingerprints.of(...parts));
    if (found && found.consumedPoints >= this.limit.count) throw tooManyAttempts(found.msBeforeNext);
  }

  /** Adds one for an event that has happened, even above the limit. */
  async add(...parts: Parts): Promise<void> {
    await this.#store.penalty(this.fingerprints.of(...parts));
  }
}

/** What a counter counts by, such as an e-mail address and a network. */
type Parts = readonly string[];

/** A counter, and what it counts by. */
export type Count = readonly [counter: Counter, ...Parts];

/**
 * Adds one to all of these counts, in this order, or to none.
 *
 * @throws DomainError TOO_MANY_ATTEMPTS
 */
export async function takeAll(counts: readonly Count[]): Promise<void> {
  const taken: Count[] = [];
  try {
    for (const count of counts) {
      const [counter, ...parts] = count;
      await counter.take(...parts);
      taken.push(count);
    }
  } catch (error) {
    await giveAllBack(taken);
    throw error;
  }
}

/** Undoes {@link takeAll}. */
export async function giveAllBack(counts: readonly Count[]): Promise<void> {
  await Promise.all(counts.map(([counter, ...parts]) => counter.giveBack(...parts)));
}
