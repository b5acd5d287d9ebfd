import { Code, DomainError } from '@reputable/errors';
import type { Counter } from './counter.ts';
import { networkOf } from './network.ts';

/** Limits registrations from one address. An attempt with a taken e-mail address counts, too, which limits probing for accounts. */
export class RegistrationThrottle {
  /** @param byNetwork counts registrations by network */
  constructor(readonly byNetwork: Counter) {}

  /**
   * Registers within the limit.
   *
   * @param register if it rejects with any code but ALREADY_EXISTS, the attempt does not count
   * @throws DomainError TOO_MANY_ATTEMPTS before `register` is called
   */
  async attempt<T>({ address }: { readonly address: string }, register: () => Promise<T>): Promise<T> {
    const network = networkOf(address);
    await this.byNetwork.take(network);
    try {
      return await register();
    } catch (error) {
      if (!(error instanceof DomainError && error.code === Code.ALREADY_EXISTS)) await this.byNetwork.giveBack(network);
      throw error;
    }
  }
}
