import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { DataSource } from 'typeorm';
import type { Limit } from './limit.field.ts';
import { tooManyAttempts } from './throttle.errors.ts';

/** At so many times the limit it is a flood, and refused from memory. Below that, what is over may yet be given back. */
const FLOOD = 4;

/** Counts under keys how often something happened of late, for all replicas together, in the table `attempt`. */
export class Counter {
  readonly #store: RateLimiterPostgres;

  /** @param name tells its keys from those of other counters */
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
   * Counts one more, atomically: of any number at once, as many get through as are left.
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

  /** Counts one less. */
  async giveBack(key: string): Promise<void> {
    await this.#store.reward(key);
  }

  /** Counts from nothing. */
  async clear(key: string): Promise<void> {
    await this.#store.delete(key);
  }

  /**
   * Looks, and counts nothing.
   *
   * @throws DomainError TOO_MANY_ATTEMPTS
   */
  async check(key: string): Promise<void> {
    const found = await this.#store.get(key);
    if (found && found.consumedPoints >= this.limit.count) throw tooManyAttempts(found.msBeforeNext);
  }

  /** Counts one more, that has happened already. */
  async add(key: string): Promise<void> {
    await this.#store.penalty(key);
  }
}

/** Something to count, and where. */
export type Count = readonly [counter: Counter, key: string];

/**
 * Counts under all of these keys, in this order, or under none.
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

/** Takes back what {@link takeAll} has counted. */
export async function giveAllBack(counts: readonly Count[]): Promise<void> {
  await Promise.all(counts.map(([counter, key]) => counter.giveBack(key)));
}
