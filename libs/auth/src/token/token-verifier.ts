import type { DomainError } from '@reputable/errors';
import { LRUCache } from 'lru-cache';
import { keysUnavailable, tokenExpired, tokenInvalid } from '../access/denials.ts';
import type { RevocationCheck } from '../revocation/revocations.ts';
import { AccessTokenStrategy } from './access-token.strategy.ts';
import { CLOCK_SKEW_S, type VerifiedToken } from './access-token.ts';
import { type KeySource, KeysUnavailable } from './key-source.ts';
import type { TokenExpectation } from './token-expectation.ts';

/** Longer than any token of ours, short enough that nobody makes us parse megabytes. In characters. */
const MAX_LENGTH = 8_192;

/** Three parts of base64url (RFC 7515 §7.1), and nothing else: other spellings of the same bytes are not the same token. */
const BEARER = /^Bearer ([\w-]{1,1024}\.[\w-]+\.[\w-]+)$/i;

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

/** How many characters an ES256 signature has: the end of a token, and different for every one. */
const SIGNATURE_LENGTH = 86;

/**
 * Verifies access tokens, and remembers those that were good until they expire. A token is known by its whole text: a cache of
 * acceptances only, so that a second spelling of a token costs a verification and gains nothing. Whether it has been revoked is looked at
 * every time.
 */
export class TokenVerifier {
  readonly #strategy: AccessTokenStrategy;
  /** By signature, as hashing the whole of a token would take longer than all the rest of a look-up. */
  readonly #verified = new LRUCache<string, VerifiedToken>({ max: CACHE_SIZE });

  constructor(
    keys: KeySource,
    expectation: TokenExpectation,
    readonly revocations: RevocationCheck,
  ) {
    this.#strategy = new AccessTokenStrategy(keys, expectation);
  }

  /** The token if it was verified before, still lives and has not been revoked: no promise, no cryptography. */
  known(authorization: string): VerifiedToken | undefined {
    const verified = this.#remembered(authorization);
    return verified && !this.revocations.refusalOf(verified) ? verified : undefined;
  }

  /** Why a token that was good would be refused now, if it would. */
  reconsider(token: VerifiedToken): DomainError | undefined {
    return token.expiresAt * 1000 <= Date.now() ? tokenExpired() : this.revocations.refusalOf(token);
  }

  /**
   * Verifies the bearer token (RFC 6750 §2.1) in an `Authorization` header or metadata entry.
   * What stands there and is no bearer token is refused: a call with bad credentials is not a call without any.
   *
   * @throws TokenRefusal
   */
  async verify(authorization: string): Promise<VerifiedToken> {
    const verified = this.#remembered(authorization) ?? (await this.#verifyAnew(authorization));
    const refusal = this.revocations.refusalOf(verified);
    if (refusal) throw new TokenRefusal(refusal, `session ${verified.caller.sessionId} of user ${verified.caller.id}`);
    return verified;
  }

  #remembered(authorization: string): VerifiedToken | undefined {
    const verified = this.#verified.get(authorization.slice(-SIGNATURE_LENGTH));
    return verified?.authorization === authorization && !hasExpired(verified) ? verified : undefined;
  }

  async #verifyAnew(authorization: string): Promise<VerifiedToken> {
    if (authorization.length > MAX_LENGTH) throw new TokenRefusal(tokenInvalid(), 'too long');
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) throw new TokenRefusal(tokenInvalid(), 'not a bearer token in compact JWS form');
    const verified = { ...(await authenticate(this.#strategy, token)), authorization };
    this.#verified.set(authorization.slice(-SIGNATURE_LENGTH), verified);
    return verified;
  }
}

const hasExpired = ({ expiresAt }: VerifiedToken) => Date.now() / 1000 >= expiresAt + CLOCK_SKEW_S;

/** Runs a Passport strategy outside of any web framework: it is told of the outcome through the methods that Passport augments it with. */
function authenticate(strategy: AccessTokenStrategy, token: string): Promise<Omit<VerifiedToken, 'authorization'>> {
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
