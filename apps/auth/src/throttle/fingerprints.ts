import { createHmac, hkdfSync } from 'node:crypto';

/**
 * Names for e-mail addresses and the like, under which attempts are counted. Who reads the database cannot tell whose they are: without a
 * key, IPv4 addresses are guessed in minutes. The key is made from the service's own (RFC 5869), so that all replicas have the same.
 */
export class Fingerprints {
  readonly #key: Uint8Array;

  constructor(secret: Uint8Array) {
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', 'reputable throttle', 32));
  }

  /** HMAC-SHA-256 of all parts together, 43 characters. */
  of(...parts: readonly string[]): string {
    return createHmac('sha256', this.#key).update(JSON.stringify(parts)).digest('base64url');
  }
}
