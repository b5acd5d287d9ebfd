import { type Count, takeAll } from './counter.ts';
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
   * Counts a request. It does the same work for every e-mail address, so that its duration reveals nothing: for a known network the two
   * wider counters count this pair alone.
   *
   * @throws DomainError TOO_MANY_ATTEMPTS
   */
  async take({ email, address }: Visitor): Promise<void> {
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
    await takeAll([[pair, email, network], ...wider]);
  }
}
