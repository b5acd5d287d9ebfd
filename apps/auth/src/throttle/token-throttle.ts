import { Code, DomainError } from '@reputable/errors';
import type { Count, Counter } from './counter.ts';
import { networkOf } from './network.ts';

/** The sender of a token request. */
export interface Bearer {
  /** The refresh token, or the id of the OAuth client; undefined if it is not known: then the limit by address alone applies. */
  readonly subject: string | undefined;
  /** An IP address. */
  readonly address: string;
}

/**
 * Limits refused tokens and client secrets from an address, and refusals of the same one. It counts refusals only, afterwards: 256 bits
 * cannot be guessed, so it protects against floods and clients in a loop.
 */
export class TokenThrottle {
  /** @param bySubject counts by subject and network @param byNetwork counts by network */
  constructor(
    readonly bySubject: Counter,
    readonly byNetwork: Counter,
  ) {}

  /** @throws DomainError TOO_MANY_ATTEMPTS */
  async check(bearer: Bearer): Promise<void> {
    await Promise.all(this.#countsOf(bearer).map(([counter, ...parts]) => counter.check(...parts)));
  }

  /** Counts a refused request. */
  async failed(bearer: Bearer): Promise<void> {
    await Promise.all(this.#countsOf(bearer).map(([counter, ...parts]) => counter.add(...parts)));
  }

  /**
   * Checks the limits, runs `work`, and counts a refusal if it rejects with UNAUTHENTICATED.
   *
   * @throws DomainError TOO_MANY_ATTEMPTS before `work` is called
   */
  async attempt<T>(bearer: Bearer, work: () => Promise<T>): Promise<T> {
    await this.check(bearer);
    try {
      return await work();
    } catch (error) {
      if (error instanceof DomainError && error.code === Code.UNAUTHENTICATED) await this.failed(bearer);
      throw error;
    }
  }

  #countsOf({ subject, address }: Bearer): Count[] {
    const network = networkOf(address);
    const bySubject: Count[] = subject === undefined ? [] : [[this.bySubject, subject, network]];
    return [...bySubject, [this.byNetwork, network]];
  }
}
