import { type Count, giveAllBack, takeAll } from './counter.ts';
import type { KnownAddresses } from './known-addresses.ts';
import type { LogInCounters, Visitor } from './log-in-throttle.ts';
import { networkOf } from './network.ts';

/**
 * Limits the mails that a visitor can request: for one e-mail address from one network, from one network, and for one e-mail address from
 * all networks. As for log-ins, only the first limit applies to a network from which the account has logged in, so that requests from
 * elsewhere cannot lock the owner out.
 */
export class MailThrottle {
  constructor(
    readonly counters: LogInCounters,
    readonly known: KnownAddresses,
  ) {}

  /**
   * Counts a request.
   *
   * @throws DomainError TOO_MANY_ATTEMPTS
   */
  async take(visitor: Visitor): Promise<void> {
    await takeAll(await this.#countsOf(visitor));
  }

  /**
   * Counts a request, and runs it.
   *
   * @param request if it rejects, it does not count
   * @throws DomainError TOO_MANY_ATTEMPTS before `request` is called
   */
  async attempt(visitor: Visitor, request: () => Promise<void>): Promise<void> {
    const counts = await this.#countsOf(visitor);
    await takeAll(counts);
    try {
      await request();
    } catch (error) {
      await giveAllBack(counts);
      throw error;
    }
  }

  /**
   * What a request counts for. It takes the same work for every e-mail address, so that its duration reveals nothing: for a known network the
   * two wider counters count this pair alone.
   */
  async #countsOf({ email, address }: Visitor): Promise<Count[]> {
    const network = networkOf(address);
    const { pair, network: byNetwork, account } = this.counters;
    const isKnown = await this.known.has(email, network);
    const wider: Count[] = isKnown
      ? [
          [byNetwork, network, email],
          [account, email, network],
        ]
      : [
          [byNetwork, network],
          [account, email],
        ];
    return [[pair, email, network], ...wider];
  }
}
