import { Code, DomainError } from '@reputable/errors';
import type { DataSource } from 'typeorm';
import { Counter } from './counter.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { Limits } from './limits.ts';
import { networkOf } from './network.ts';

/** Limits registrations from one address. An attempt with a taken e-mail address counts, too, which limits probing for accounts. */
export class RegistrationThrottle {
  readonly #address: Counter;

  constructor(
    dataSource: DataSource,
    readonly fingerprints: Fingerprints,
    limits: Limits,
  ) {
    this.#address = new Counter(dataSource, 'registration', limits.LIMIT_REGISTRATION);
  }

  /**
   * Registers within the limit.
   *
   * @param register if it rejects with any code but ALREADY_EXISTS, the attempt does not count
   * @throws DomainError TOO_MANY_ATTEMPTS before `register` is called
   */
  async attempt<T>({ address }: { readonly address: string }, register: () => Promise<T>): Promise<T> {
    const key = this.fingerprints.of(networkOf(address));
    await this.#address.take(key);
    try {
      return await register();
    } catch (error) {
      if (!(error instanceof DomainError && error.code === Code.ALREADY_EXISTS)) await this.#address.giveBack(key);
      throw error;
    }
  }
}
