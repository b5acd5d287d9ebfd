import type { Counter } from './counter.ts';
import { networkOf } from './network.ts';

/** Limits registrations from one address, each of which costs a hash and a mail. */
export class RegistrationThrottle {
  /** @param byNetwork counts registrations by network */
  constructor(readonly byNetwork: Counter) {}

  /**
   * Registers within the limit.
   *
   * @param register if it rejects, the attempt does not count
   * @throws DomainError TOO_MANY_ATTEMPTS before `register` is called
   */
  async attempt<T>({ address }: { readonly address: string }, register: () => Promise<T>): Promise<T> {
    const network = networkOf(address);
    await this.byNetwork.take(network);
    try {
      return await register();
    } catch (error) {
      await this.byNetwork.giveBack(network);
      throw error;
    }
  }
}
