import type { DomainError } from '@reputable/errors';
import { LRUCache } from 'lru-cache';
import { tokenExpired } from '../access/denials.ts';
import { isForOneCall } from '../access/transaction.ts';
import type { IssuerClocks } from '../issuer/issuer-clocks.ts';
import type { RevocationCheck } from './revocation-check.ts';
import type { VerifiedToken } from './access-token.ts';
import type { JwtStrategy } from './jwt.strategy.ts';
import { refusalFor, revoked } from './token-refusal.ts';

/** The number of verified tokens to cache. Each takes about 1 KB. */
const CACHE_SIZE = 10_000;

/** The length of an ES256 signature in characters. A longer signature ends as uniquely. */
const SIGNATURE_LENGTH = 86;

/**
 * Verifies access tokens with the {@link JwtStrategy}, and caches valid tokens until they expire or their claims must be loaded again. The cache compares the whole text of a
 * token and stores no refusals. It checks revocation on every hit.
 */
export class TokenVerifier {
  /** By signature: hashing the whole token would take longer than the rest of a look-up. */
  readonly #verified = new LRUCache<string, VerifiedToken>({ max: CACHE_SIZE });

  constructor(readonly strategy: JwtStrategy) {}

  /** The revocation check of the strategy. */
  get revocations(): RevocationCheck {
    return this.strategy.revocations;
  }

  /** The clocks of the issuers compared with this service's. */
  get clocks(): IssuerClocks {
    return this.strategy.issuers.clocks;
  }

  /** The token if it is cached, unexpired and not revoked. Synchronous and without cryptography. */
  known(authorization: string): VerifiedToken | undefined {
    const verified = this.#cached(authorization);
    return verified && !this.revocations.refusalOf(verified) ? verified : undefined;
  }

  /** The error if a verified token has since expired or been revoked. */
  reconsider(token: VerifiedToken): DomainError | undefined {
    return token.expiresAt * 1000 <= Date.now() ? tokenExpired() : this.revocations.refusalOf(token);
  }

  /**
   * Verifies the bearer token (RFC 6750 §2.1) in an `Authorization` header or metadata entry.
   * Any scheme other than Bearer is refused.
   *
   * @throws TokenRefusal
   */
  async verify(authorization: string): Promise<VerifiedToken> {
    const cached = this.#cached(authorization);
    if (!cached) return this.#verifyAnew(authorization);
    const refusal = this.revocations.refusalOf(cached);
    if (refusal) throw revoked(cached, refusal);
    return cached;
  }

  #cached(authorization: string): VerifiedToken | undefined {
    const verified = this.#verified.get(authorization.slice(-SIGNATURE_LENGTH));
    return verified?.authorization === authorization && !isStale(verified) ? verified : undefined;
  }

  async #verifyAnew(authorization: string): Promise<VerifiedToken> {
    const verified = await this.strategy.validate({ headers: { authorization } }).catch(refuse);
    if (!verified.transaction || !isForOneCall(verified.transaction)) this.#verified.set(authorization.slice(-SIGNATURE_LENGTH), verified);
    return verified;
  }
}

const isStale = ({ freshUntil }: VerifiedToken) => Date.now() / 1000 >= freshUntil;

function refuse(fault: unknown): never {
  throw refusalFor(fault);
}
