import type { DataSource } from 'typeorm';
import { type Count, Counter, giveAllBack, takeAll } from './counter.ts';
import type { Fingerprints } from './fingerprints.ts';
import { KnownAddresses } from './known-addresses.ts';
import type { Limits } from './limits.ts';
import { networkOf } from './network.ts';

/** The account and the address of a log-in attempt. */
export interface Visitor {
  /** Normalised by `email()`. The account need not exist. */
  readonly email: string;
  /** An IP address. */
  readonly address: string;
}

/**
 * Limits password attempts: for an account from one address, from one address, and for an account from all unknown addresses. From an
 * address from which the account has logged in within 30 days, only the first limit applies, so that attempts from elsewhere cannot lock
 * the owner out.
 */
export class LogInThrottle {
  readonly #pair: Counter;
  readonly #address: Counter;
  readonly #account: Counter;
  readonly #known: KnownAddresses;

  constructor(
    dataSource: DataSource,
    readonly fingerprints: Fingerprints,
    limits: Limits,
  ) {
    this.#pair = new Counter(dataSource, 'log-in', limits.LIMIT_LOG_IN);
    this.#address = new Counter(dataSource, 'log-in-address', limits.LIMIT_LOG_IN_ADDRESS);
    this.#account = new Counter(dataSource, 'log-in-account', limits.LIMIT_LOG_IN_ACCOUNT);
    this.#known = new KnownAddresses(dataSource);
  }

  /**
   * Checks a password within the limits. Counts the attempt before the check, so that concurrent attempts do not exceed the limits.
   *
   * @param check resolves with undefined for a wrong password. If it rejects, the attempt does not count.
   * @throws DomainError TOO_MANY_ATTEMPTS before `check` is called
   */
  async attempt<T extends object>(visitor: Visitor, check: () => Promise<T | undefined>): Promise<T | undefined> {
    const pair = this.#keyOf(visitor);
    const wider = (await this.#known.has(pair)) ? [] : this.#wider(visitor);
    const counts: Count[] = [[this.#pair, pair], ...wider];
    await takeAll(counts);
    let result: T | undefined;
    try {
      result = await check();
    } catch (error) {
      await giveAllBack(counts);
      throw error;
    }
    if (result) await Promise.all([this.#pair.clear(pair), giveAllBack(wider), this.#known.add(pair)]);
    return result;
  }

  /** Adds the address of a registration to the account's known addresses. */
  async registered(visitor: Visitor): Promise<void> {
    await this.#known.add(this.#keyOf(visitor));
  }

  #keyOf({ email, address }: Visitor): string {
    return this.fingerprints.of(email, networkOf(address));
  }

  #wider({ email, address }: Visitor): Count[] {
    return [
      [this.#address, this.fingerprints.of(networkOf(address))],
      [this.#account, this.fingerprints.of(email)],
    ];
  }
}
