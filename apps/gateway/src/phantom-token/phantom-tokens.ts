import { Injectable, Logger } from '@nestjs/common';
import { StaleClaims, TokenVerifier, type VerifiedToken } from '@reputable/auth';
import { Code, DomainError } from '@reputable/errors';
import { LRUCache } from 'lru-cache';
import { hash } from 'node:crypto';
import { type ClientCredentials, type Credential, type ExchangedToken, TokenExchange } from './token-exchange.ts';

/** The number of tokens to cache. Each takes about 2 KB. */
const CACHE_SIZE = 10_000;

/** The pause after a failed exchange while the cached JWT is still valid, in milliseconds. */
const PAUSE_MS = 1_000;

/** An opaque token's entry in the cache. */
interface CachedToken extends ExchangedToken {
  /** When the next use starts a new exchange in the background, on the clock of `performance.now()`. */
  readonly renewAt: number;
  /** After a failed exchange, the JWT is used until this time despite stale claims; on the same clock. */
  pausedUntil: number;
}

/**
 * Phantom tokens: clients have opaque tokens, services receive JWTs. Concurrent requests with one credential share one exchange. The cache
 * is keyed by the credential's hash and contains only JWTs, which expire within a minute.
 *
 * A token in use is exchanged again after half of the JWT's life, in the background. After a change of the user's claims the next request
 * waits for a new JWT. The JWT's revocation is checked on every use; then auth decides whether the opaque token is still valid.
 */
@Injectable()
export class PhantomTokens {
  readonly #log = new Logger('authentication');
  readonly #cache = new LRUCache<string, CachedToken>({ max: CACHE_SIZE });
  readonly #pending = new Map<string, Promise<VerifiedToken>>();

  constructor(
    readonly exchange: TokenExchange,
    readonly tokens: TokenVerifier,
    readonly claims: StaleClaims,
  ) {}

  /** The JWT of a credential, if it is cached and valid. Synchronous. */
  known(credential: Credential): VerifiedToken | undefined {
    const key = keyOf(credential);
    const cached = this.#cache.get(key);
    if (!cached || !this.#isGood(cached)) return undefined;
    const now = performance.now();
    if (now >= cached.pausedUntil) {
      if (this.claims.isStale(cached.jwt.user.id, cached.requestedAt)) return undefined;
      if (now >= cached.renewAt) this.#renew(key, credential);
    }
    return cached.jwt;
  }

  /**
   * Exchanges a credential at auth, or joins a pending exchange.
   *
   * @throws DomainError or TokenRefusal, as {@link TokenExchange.exchange}
   */
  verify(credential: Credential): Promise<VerifiedToken> {
    return this.#obtain(keyOf(credential), credential);
  }

  #isGood({ jwt, endsAt }: CachedToken): boolean {
    return endsAt > Date.now() && !this.tokens.revocations.refusalOf(jwt);
  }

  #renew(key: string, credential: Credential): void {
    if (this.#pending.has(key)) return;
    // A failure is reported to the next request.
    this.#obtain(key, credential).catch(() => undefined);
  }

  #obtain(key: string, credential: Credential): Promise<VerifiedToken> {
    const pending = this.#pending.get(key);
    if (pending) return pending;
    const exchange = this.#exchange(key, credential).finally(() => this.#pending.delete(key));
    this.#pending.set(key, exchange);
    return exchange;
  }

  async #exchange(key: string, credential: Credential): Promise<VerifiedToken> {
    try {
      const exchanged = await this.exchange.exchange(credential);
      this.#cache.set(key, { ...exchanged, renewAt: renewalOf(exchanged), pausedUntil: -Infinity });
      return exchanged.jwt;
    } catch (error) {
      if (isRefusal(error)) this.#cache.delete(key);
      const cached = this.#cache.get(key);
      if (!cached || !this.#isGood(cached)) throw error;
      this.#log.debug({ msg: 'token exchange failed, cached JWT still in use', session: cached.jwt.user.sessionId, err: error });
      cached.pausedUntil = performance.now() + PAUSE_MS;
      return cached.jwt;
    }
  }
}

const keyOf = (credential: Credential) => hash('sha256', typeof credential === 'string' ? credential : textOf(credential), 'base64');

/** No token contains a colon. */
const textOf = ({ clientId, clientSecret }: ClientCredentials) => `${clientId}:${clientSecret}`;

/** After half of its remaining life; never if the opaque token ends with it. */
const renewalOf = ({ endsAt, last }: ExchangedToken) => (last ? Infinity : performance.now() + (endsAt - Date.now()) / 2);

/** Whether auth decided that the token is no longer valid. */
const isRefusal = (error: unknown) =>
  error instanceof DomainError && (error.code === Code.UNAUTHENTICATED || error.code === Code.PERMISSION_DENIED);
