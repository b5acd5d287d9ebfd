import type { VerifiedToken } from '@reputable/auth';
import { LRUCache } from 'lru-cache';
import type { KeyRing } from '../key/key-ring.ts';

/** The number of tokens to remember. Services replace a token milliseconds after auth has issued it. */
const SIZE = 2_000;

/**
 * The tokens for one call that this process has signed. It compares the whole text of a token, so a found token needs no verification of its
 * signature. It is apart from the cache of the `TokenVerifier`, which must see each use of such a token, and it is for subject tokens alone.
 */
export class IssuedTokens {
  readonly #tokens = new LRUCache<string, VerifiedToken>({ max: SIZE });

  constructor(keys: Pick<KeyRing, 'onChange'>) {
    // A revoked key makes its tokens invalid.
    keys.onChange(() => {
      this.#tokens.clear();
    });
  }

  add(token: VerifiedToken): void {
    this.#tokens.set(token.authorization, token);
  }

  /** The token, which can have expired or been revoked since. @param authorization `Bearer …` */
  find(authorization: string): VerifiedToken | undefined {
    return this.#tokens.get(authorization);
  }
}
