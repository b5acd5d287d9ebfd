import { Logger } from '@nestjs/common';
import { instruments } from '@reputable/tracing';

/**
 * How far the `iat` of a token may be in the future, in seconds: half of the life of a JWT of ours. `iat` protects nothing that the signature
 * does not, so a small lead is only the sign of a wrong clock. A service whose clock is behind also accepts tokens for that much longer after they
 * expire, so a large lead is refused.
 */
export const MAX_LEAD_S = 30;

/** How long a lead counts as a fault after the last token that had one, in milliseconds. */
const REMEMBERED_MS = 60_000;

const early = instruments((meter) =>
  meter.createCounter('reputable.token.early', { unit: '{token}', description: 'Tokens that were issued in the future' }),
);

/** The token was issued too far in the future: its issuer's clock is ahead, or this service's is behind. */
export class ClockSkew extends Error {
  override readonly name = 'ClockSkew';
}

/** The clocks of the issuers compared with this service's, by the `iat` of genuine tokens. */
export class IssuerClocks {
  /** The number of tokens so far that were issued in the future by more than the tolerated difference, accepted or refused. */
  early = 0;
  readonly #log = new Logger('clock');
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #fault: string | undefined;

  constructor() {
    // The counter exists from the start.
    early()?.add(0);
  }

  /** The difference that genuine tokens of the last minute have shown, if any. The health check reports it. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Calls `listener` whenever {@link fault} appears or ends. Returns a function that removes the listener. */
  onFault(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Notes a token that was issued `leadS` seconds in the future. */
  note(issuer: string, leadS: number): void {
    this.early += 1;
    early()?.add(1);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#set(undefined);
      this.#log.log({ msg: 'clock skew resolved', issuer });
    }, REMEMBERED_MS).unref();
    if (this.#fault === undefined) this.#log.warn({ msg: 'clock skew detected', issuer, seconds: Math.round(leadS), accepted: MAX_LEAD_S });
    this.#set(`the clock of ${issuer} is ${leadS.toFixed(0)} s ahead of this service's`);
  }

  #set(fault: string | undefined): void {
    const isNews = (fault === undefined) !== (this.#fault === undefined);
    this.#fault = fault;
    if (isNews) for (const listener of this.#listeners) listener();
  }
}
