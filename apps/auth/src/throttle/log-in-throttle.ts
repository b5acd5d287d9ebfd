import { type Count, type Counter, giveAllBack, takeAll } from './counter.ts';
import type { KnownAddresses } from './known-addresses.ts';
import { networkOf } from './network.ts';

/** The account and the address of a log-in attempt. */
export interface Visitor {
  /** Normalised by `email()`. The account need not exist. */
  readonly email: string;
  /** An IP address. */
  readonly address: string;
}

/** The counters of attempts. */
export interface LogInCounters {
  /** By account and network. */
  readonly pair: Counter;
  /** By network, from which the account has not logged in. */
  readonly network: Counter;
  /** By account, over all networks from which it has not logged in. */
  readonly account: Counter;
}

/**
 * Limits password attempts: for an account from one address, from one address, and for an account from all unknown addresses. From an
 * address from which the account has logged in within 30 days, only the first limit applies, so that attempts from elsewhere cannot lock
 * the owner out.
 */
export class LogInThrottle {
  constructor(
    readonly counters: LogInCounters,
    readonly known: KnownAddresses,
  ) {}

  /**
   * Checks a password within the limits. Counts the attempt before the check, so that concurrent attempts do not exceed the limits.
   *
   * @param check resolves with undefined for a wrong password. If it rejects, the attempt does not count.
   * @throws DomainError TOO_MANY_ATTEMPTS before `check` is called
   */
  async attempt<T extends object>({ email, address }: Visitor, check: () => Promise<T | undefined>): Promise<T | undefined> {
    const network = networkOf(address);
    const wider = (await this.known.has(email, network)) ? [] : this.#wider(email, network);
    const counts: Count[] = [[this.counters.pair, email, network], ...wider];
    await takeAll(counts);
    let result: T | undefined;
    try {
      result = await check();
    } catch (error) {
      await giveAllBack(counts);
      throw error;
    }
    if (result) await Promise.all([this.counters.pair.clear(email, network), giveAllBack(wider), this.known.add(email, network)]);
    return result;
  }

  /** Forgets the wrong passwords of a visitor who has shown in another way to be the owner, and adds the address to the known ones. */
  async proved({ email, address }: Visitor): Promise<void> {
    const network = networkOf(address);
    await Promise.all([this.counters.pair.clear(email, network), this.known.add(email, network)]);
  }

  #wider(email: string, network: string): Count[] {
    return [
      [this.counters.network, network],
      [this.counters.account, email],
    ];
  }
}
