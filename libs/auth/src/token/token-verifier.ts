import type { DomainError } from '@reputable/errors';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../access/caller.ts';
import { keysUnavailable, tokenExpired, tokenInvalid } from '../access/denials.ts';
import { AccessTokenStrategy, type TokenExpectation } from './access-token.strategy.ts';
import { CLOCK_SKEW_S, type VerifiedToken } from './access-token.ts';
import { type KeySource, KeysUnavailable } from './key-source.ts';

/** Longer than any token of ours, short enough that nobody makes us parse megabytes. In characters. */
const MAX_TOKEN_LENGTH = 8_192;

/** Three parts of base64url (RFC 7515 §7.1), and nothing else: other spellings of the same bytes are not the same token. */
const COMPACT_JWS = /^[\w-]{1,1024}\.[\w-]+\.[\w-]+$/;

/** Tokens remembered as verified. One takes about 1 KB. */
const CACHE_SIZE = 10_000;

/** Why a token was refused: the error for the caller, and the fault, for the log alone. */
export class TokenRefusal extends Error {
  override readonly name = 'TokenRefusal';
  constructor(
    readonly error: DomainError,
    readonly fault: string,
  ) {
    super(fault);
  }
}

/**
 * Verifies access tokens, and remembers those that were good until they expire. A token is known by its whole text: a cache of
 * acceptances only, so that a second spelling of a token costs a verification and gains nothing.
 */
export class TokenVerifier {
  readonly #strategy: AccessTokenStrategy;
  readonly #verified = new LRUCache<string, VerifiedToken>({ max: CACHE_SIZE });

  constructor(keys: KeySource, expectation: TokenExpectation) {
    this.#strategy = new AccessTokenStrategy(keys, expectation);
  }

  /** The token if it was verified before and still lives: no promise, no cryptography. */
  known(token: string): VerifiedToken | undefined {
    const verified = this.#verified.get(token);
    return verified && !hasExpired(verified) ? verified : undefined;
  }

  /**
   * Verifies a token.
   *
   * @throws TokenRefusal
   */
  async verify(token: string): Promise<VerifiedToken> {
    const known = this.known(token);
    if (known) return known;
    if (token.length > MAX_TOKEN_LENGTH) throw new TokenRefusal(tokenInvalid(), 'too long');
    if (!COMPACT_JWS.test(token)) throw new TokenRefusal(tokenInvalid(), 'not a compact JWS');
    const verified = { ...(await authenticate(this.#strategy, token)), token };
    this.#verified.set(token, verified);
    return verified;
  }
}

const hasExpired = ({ expiresAt }: VerifiedToken) => Date.now() / 1000 >= expiresAt + CLOCK_SKEW_S;

/** Runs a Passport strategy outside of any web framework: it is told of the outcome through the methods that Passport augments it with. */
function authenticate(strategy: AccessTokenStrategy, token: string): Promise<{ caller: Caller; expiresAt: number }> {
  return new Promise((resolve, reject) => {
    const attempt = Object.assign(Object.create(strategy) as AccessTokenStrategy, {
      success: resolve,
      fail: (fault: unknown) => {
        reject(refusalOf(fault));
      },
      error: (fault: unknown) => {
        reject(refusalOf(fault));
      },
    });
    attempt.authenticate({ headers: { authorization: token } } as never);
  });
}

function refusalOf(fault: unknown): TokenRefusal {
  const message = fault instanceof Error ? fault.message : String(fault);
  if (fault instanceof KeysUnavailable) return new TokenRefusal(keysUnavailable(), message);
  const expired = fault instanceof Error && fault.name === 'TokenExpiredError';
  return new TokenRefusal(expired ? tokenExpired() : tokenInvalid(), message);
}
