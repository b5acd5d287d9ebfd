import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** How long a nonce is the current one, in milliseconds. It is accepted for as long again. */
export const NONCE_PERIOD_MS = 30_000;

/**
 * The nonces of DPoP proofs (RFC 9449 §8). A nonce is the number of its period, signed. So all gateways with the same secret accept it, and none
 * stores it.
 */
export class Nonces {
  readonly #key: Uint8Array;

  /** @param secret the gateway's encryption key, from which the key of the nonces is derived */
  constructor(secret: Uint8Array) {
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', 'nonces of DPoP proofs', 32));
  }

  /** The nonce for the next proof. @param time in milliseconds since the epoch */
  current(time = Date.now()): string {
    return this.#nonceOf(periodAt(time));
  }

  /** The period of a nonce, if it is still accepted at this time. */
  periodOf(nonce: string, time = Date.now()): number | undefined {
    const now = periodAt(time);
    return [now, now - 1].find((period) => isEqual(nonce, this.#nonceOf(period)));
  }

  #nonceOf(period: number): string {
    return createHmac('sha256', this.#key).update(String(period)).digest('base64url');
  }
}

const periodAt = (time: number) => Math.floor(time / NONCE_PERIOD_MS);

function isEqual(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}
