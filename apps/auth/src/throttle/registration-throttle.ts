import { Code, DomainError } from '@reputable/errors';
import type { DataSource } from 'typeorm';
import { Counter } from './counter.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { Limits } from './limits.ts';
import { networkOf } from './network.ts';

/** Bounds how many accounts can be registered from an address, and how many e-mail addresses asked about: a taken one counts as well. */
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
   * Lets somebody register.
   *
   * @param register if it rejects with anything but ALREADY_EXISTS, it is not counted
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
