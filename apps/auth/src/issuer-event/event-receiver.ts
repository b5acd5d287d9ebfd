import { Logger } from '@nestjs/common';
import { Discovery } from '../outside-provider/discovery.ts';
import type { EventSettings } from '../token-issuer/events.field.ts';
import type { TokenIssuerSettings } from '../token-issuer/token-issuers.field.ts';
import { EventTokens } from './event-tokens.ts';
import type { IssuerEvents } from './issuer-events.ts';

/** Verifies and applies the security event tokens of an issuer, whether they are pushed or polled. */
export class EventReceiver {
  readonly #log = new Logger('token issuers');
  readonly #tokens: EventTokens;

  constructor(
    readonly settings: TokenIssuerSettings,
    readonly events: IssuerEvents,
    accepted: EventSettings,
  ) {
    const { id, issuer } = settings;
    this.#tokens = new EventTokens(new Discovery({ id, issuer: issuer.url }), issuer.algorithms, accepted);
  }

  /**
   * Receives a token. One that was used before is accepted again, without effect: the response to it may have got lost.
   *
   * @param maxAgeS how old the token may be, in seconds
   * @throws EventRefused
   * @throws ProviderFailure `unavailable` if the issuer's keys cannot be fetched
   */
  async receive(token: string, maxAgeS?: number): Promise<void> {
    const received = await this.#tokens.verify(token, maxAgeS);
    const sessions = await this.events.apply(received);
    const { id: issuer } = this.settings;
    this.#log.log({ msg: 'security events accepted', issuer, events: received.kinds, sessions, repeated: sessions === undefined });
  }
}
