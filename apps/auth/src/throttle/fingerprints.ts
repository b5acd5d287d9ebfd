import { createHmac, hkdfSync } from 'node:crypto';

/**
 * Keyed hashes of e-mail and IP addresses, under which attempts are counted, so that a leaked table does not reveal the addresses: without
 * a key, IPv4 addresses can be guessed in minutes. The key is derived from the service's master key (RFC 5869), so all replicas share it.
 */
export class Fingerprints {
  readonly #key: Uint8Array;

  constructor(secret: Uint8Array) {
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', 'reputable throttle', 32));
  }

  /** The HMAC-SHA-256 of all parts, 43 characters. */
  of(...parts: readonly string[]): string {
    return createHmac('sha256', this.#key).update(JSON.stringify(parts)).digest('base64url');
  }
}
