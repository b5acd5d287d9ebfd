import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { DataSource } from 'typeorm';
import type { Limit } from './limit.field.ts';
import { tooManyAttempts } from './throttle.errors.ts';

/** At this multiple of the limit, attempts are refused from memory. Below it, the count may still go down. */
const FLOOD = 4;

/** Counts recent events by key, for all replicas, in the table `attempt`. */
export class Counter {
  readonly #store: RateLimiterPostgres;

  /** @param name prefixes the keys of this counter */
  constructor(
    dataSource: DataSource,
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
  async take(key: string): Promise<void> {
    try {
      await this.#store.consume(key);
    } catch (error) {
      throw error instanceof RateLimiterRes ? tooManyAttempts(error.msBeforeNext) : error;
    }
  }

  /** Subtracts one. */
  async giveBack(key: string): Promise<void> {
    await this.#store.reward(key);
  }

  /** Resets the count. */
  async clear(key: string): Promise<void> {
    await this.#store.delete(key);
  }

  /**
   * Checks the limit without counting.
   *
   * @throws DomainError TOO_MANY_ATTEMPTS
   */
  async check(key: string): Promise<void> {
    const found = await this.#store.get(key);
    if (found && found.consumedPoints >= this.limit.count) throw tooManyAttempts(found.msBeforeNext);
  }

  /** Adds one for an event that has happened, even above the limit. */
  async add(key: string): Promise<void> {
    await this.#store.penalty(key);
  }
}

/** A key of a counter. */
export type Count = readonly [counter: Counter, key: string];

/**
 * Adds one to all of these keys, in this order, or to none.
 *
 * @throws DomainError TOO_MANY_ATTEMPTS
 */
export async function takeAll(counts: readonly Count[]): Promise<void> {
  const taken: Count[] = [];
  try {
    for (const [counter, key] of counts) {
      await counter.take(key);
      taken.push([counter, key]);
    }
  } catch (error) {
    await giveAllBack(taken);
    throw error;
  }
}

/** Undoes {@link takeAll}. */
export async function giveAllBack(counts: readonly Count[]): Promise<void> {
  await Promise.all(counts.map(([counter, key]) => counter.giveBack(key)));
}
