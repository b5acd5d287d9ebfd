import { hash } from 'node:crypto';

/** The most proofs that are remembered for one period of nonces. Each takes about 100 bytes. */
const LIMIT = 200_000;

/**
 * The proofs that this process has accepted, so that none is accepted twice (RFC 9449 §11.1). A proof is remembered as long as its nonce is
 * accepted.
 */
export class UsedProofs {
  readonly #byPeriod = new Map<number, Set<string>>();

  /**
   * Remembers a proof.
   *
   * @param period the period of its nonce
   * @returns `used` if it was used before, `full` if no more proofs can be remembered in this period
   */
  add(period: number, key: string, jti: string): 'new' | 'used' | 'full' {
    const used = this.#of(period);
    const id = hash('sha256', `${key} ${jti}`, 'base64url');
    if (used.has(id)) return 'used';
    if (used.size >= LIMIT) return 'full';
    used.add(id);
    return 'new';
  }

  #of(period: number): Set<string> {
    const known = this.#byPeriod.get(period);
    if (known) return known;
    const used = new Set<string>();
    this.#byPeriod.set(period, used);
    for (const old of this.#byPeriod.keys()) if (old < period - 1) this.#byPeriod.delete(old);
    return used;
  }
}
