import type { DataSource } from 'typeorm';
import { type Count, Counter, giveAllBack, takeAll } from './counter.ts';
import type { Fingerprints } from './fingerprints.ts';
import { KnownAddresses } from './known-addresses.ts';
import type { Limits } from './limits.ts';
import { networkOf } from './network.ts';

/** Who tries to log in, and from where. */
export interface Visitor {
  /** As `email()` normalises it; whether there is such an account makes no difference. */
  readonly email: string;
  /** An IP address. */
  readonly address: string;
}

/**
 * Bounds how many passwords can be tried: for an account from one address, from one address, and for an account from all addresses that
 * are new to it. From where somebody has logged in within 30 days only the first of these counts for that account, so that nobody elsewhere
 * can keep them out.
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
   * Lets somebody try a password. The attempt is counted before it is made, so that many at once are no more than one after the other.
   *
   * @param check resolves with whatever the right password gives, and with undefined for a wrong one. If it rejects, nothing was found out,
   *   and nothing is counted.
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

  /** Remembers from where an account was registered. */
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
