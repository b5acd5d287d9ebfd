import { Injectable, Logger } from '@nestjs/common';
import { StaleClaims, TokenVerifier, type VerifiedToken } from '@reputable/auth';
import { Code, DomainError } from '@reputable/errors';
import { LRUCache } from 'lru-cache';
import { hash } from 'node:crypto';
import { countLookup, timed } from './exchange-metrics.ts';
import { noteExchange } from './note-exchange.ts';
import { type Credential, type ExchangedToken, TokenExchange } from './token-exchange.ts';
import { tokenBound, tokenNotBound } from './token-binding.errors.ts';

/** The number of tokens to cache. Each takes about 2 KB. */
const CACHE_SIZE = 10_000;

/** The pause after a failed exchange while the cached JWT is still valid, in milliseconds. */
const PAUSE_MS = 1_000;

/** The longest use of a JWT before the next exchange, in milliseconds. */
const RENEW_MS = 40_000;

/** The longest use of a JWT with old claims before the next exchange, in milliseconds: current claims can be available again. */
const OLD_CLAIMS_MS = 10_000;

/** An opaque token's entry in the cache. */
interface CachedToken extends ExchangedToken {
  /** When the next use starts a new exchange in the background, on the clock of `performance.now()`. */
  readonly renewAt: number;
  /** After a failed exchange, the JWT is used until this time despite stale claims; on the same clock. */
  pausedUntil: number;
}

/**
 * Phantom tokens: clients have opaque tokens, services receive JWTs. Concurrent requests with one credential share one exchange. The cache
 * is keyed by the credential's hash and contains only JWTs, which expire within two minutes.
 *
 * A token in use is exchanged again after 40 seconds or half of the JWT's life, in the background: if auth fails, 80 seconds of two minutes remain from
 * the last request. After a change of the user's claims the next request waits for a new JWT. The JWT's revocation is checked on every use; then auth decides whether the opaque token is still valid.
 */
@Injectable()
export class PhantomTokens {
  readonly #log = new Logger('authentication');
  readonly #cache = new LRUCache<string, CachedToken>({ max: CACHE_SIZE });
  readonly #pending = new Map<string, Promise<ExchangedToken>>();

  constructor(
    readonly exchange: TokenExchange,
    readonly tokens: TokenVerifier,
    readonly claims: StaleClaims,
  ) {}

  /**
   * The JWT of a credential, if it is cached and valid. Synchronous.
   *
   * @param key the thumbprint of the key that the request proves; undefined without a proof
   * @throws DomainError TOKEN_BOUND or TOKEN_NOT_BOUND if the credential is bound to another key
   */
  known(credential: Credential, key?: string): VerifiedToken | undefined {
    const id = idOf(credential);
    const cached = this.#cache.get(id);
    if (!cached || !this.#isGood(cached)) return undefined;
    const now = performance.now();
    if (now >= cached.pausedUntil) {
      if (this.claims.isStale(cached.jwt.user.id, cached.requestedAt)) return undefined;
      if (now >= cached.renewAt) this.#renew(id, credential);
    }
    countLookup(true);
    return expectKey(cached, key);
  }

  /**
   * Exchanges a credential at auth, or joins a pending exchange.
   *
   * @param key as in {@link known}
   * @throws DomainError or TokenRefusal, as {@link TokenExchange.exchange}; DomainError as {@link known}
   */
  async verify(credential: Credential, key?: string): Promise<VerifiedToken> {
    noteExchange();
    return expectKey(await this.#obtain(idOf(credential), credential), key);
  }

  #isGood({ jwt, endsAt }: CachedToken): boolean {
    return endsAt > Date.now() && !this.tokens.revocations.refusalOf(jwt);
  }

  #renew(id: string, credential: Credential): void {
    if (this.#pending.has(id)) return;
    // A failure is reported to the next request.
    this.#obtain(id, credential, true).catch(() => undefined);
  }

  #obtain(id: string, credential: Credential, inBackground = false): Promise<ExchangedToken> {
    const pending = this.#pending.get(id);
    if (pending) return pending;
    const exchange = this.#exchange(id, credential, inBackground).finally(() => this.#pending.delete(id));
    this.#pending.set(id, exchange);
    return exchange;
  }

  async #exchange(id: string, credential: Credential, inBackground: boolean): Promise<ExchangedToken> {
    try {
      const exchanged = await timed(() => this.exchange.exchange(credential));
      // No read waits for its token then, and if auth fails now, the cached token still reads.
      if (inBackground) await exchanged.jwt.outgoing?.forReads();
      this.#cache.set(id, { ...exchanged, renewAt: renewalOf(exchanged), pausedUntil: -Infinity });
      return exchanged;
    } catch (error) {
      if (isRefusal(error)) this.#cache.delete(id);
      const cached = this.#cache.get(id);
      if (!cached || !this.#isGood(cached)) throw error;
      this.#log.debug({ msg: 'token exchange failed, cached JWT still in use', session: cached.jwt.user.sessionId, err: error });
      cached.pausedUntil = performance.now() + PAUSE_MS;
      return cached;
    }
  }
}

/** The JWT of a token that is bound to this key; without a key, of a token that is not bound. */
function expectKey({ jwt, boundTo }: ExchangedToken, key: string | undefined): VerifiedToken {
  if (boundTo === key) return jwt;
  throw boundTo === undefined ? tokenNotBound() : tokenBound();
}

const idOf = (credential: Credential) => hash('sha256', textOf(credential), 'base64');

function textOf(credential: Credential): string {
  if (typeof credential === 'string') return credential;
  // No token contains a colon.
  return 'token' in credential ? credential.token : `${credential.clientId}:${credential.clientSecret}`;
}

/** After a part of its life, and earlier if its claims are old; never if the opaque token ends with it. */
function renewalOf({ jwt, endsAt, last }: ExchangedToken): number {
  if (last) return Infinity;
  const longest = jwt.user.claimsAgeS === undefined ? RENEW_MS : OLD_CLAIMS_MS;
  return performance.now() + Math.min(longest, (endsAt - Date.now()) / 2);
}

/** Whether auth decided that the token is no longer valid. */
const isRefusal = (error: unknown) =>
  error instanceof DomainError && (error.code === Code.UNAUTHENTICATED || error.code === Code.PERMISSION_DENIED);
