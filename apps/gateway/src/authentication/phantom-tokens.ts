import { Injectable, Logger } from '@nestjs/common';
import { StaleClaims, TokenVerifier, type VerifiedToken } from '@reputable/auth';
import { Code, DomainError } from '@reputable/errors';
import { LRUCache } from 'lru-cache';
import { hash } from 'node:crypto';
import { type Exchanged, TokenExchange } from './token-exchange.ts';

/** How many tokens are remembered. One takes about 2 KB. */
const CACHE_SIZE = 10_000;

/** How long it takes until an exchange that went wrong is tried again while there still is a good JWT, in milliseconds. */
const PAUSE_MS = 1_000;

/** What is remembered of an opaque token. */
interface Held extends Exchanged {
  /** From when on whoever uses it has it exchanged anew, on the clock of `performance.now()`. */
  readonly renewAt: number;
  /** Until when it is used as it is, whatever is to be said against it but revocation, on the same clock. */
  pausedUntil: number;
}

/**
 * Phantom tokens: what clients hold is opaque, what goes on from here is a JWT. An opaque token is exchanged once, however many requests come
 * with it, and remembered by its hash: whoever reads this memory finds JWTs that end within the minute, and no token that is good for longer.
 *
 * In use, it is exchanged anew after half of the JWT's life, and nobody waits for that. After news that the user's claims have changed the
 * next request waits for new ones. Whether the JWT has been revoked is looked at every time; whether the opaque one is still good then is for
 * auth to say.
 */
@Injectable()
export class PhantomTokens {
  readonly #log = new Logger('authentication');
  readonly #held = new LRUCache<string, Held>({ max: CACHE_SIZE });
  readonly #underWay = new Map<string, Promise<VerifiedToken>>();

  constructor(
    readonly exchange: TokenExchange,
    readonly tokens: TokenVerifier,
    readonly claims: StaleClaims,
  ) {}

  /** The JWT of an opaque token, if it is here and good: no promise, no call. */
  known(token: string): VerifiedToken | undefined {
    const key = keyOf(token);
    const held = this.#held.get(key);
    if (!held || !this.#isGood(held)) return undefined;
    const now = performance.now();
    if (now >= held.pausedUntil) {
      if (this.claims.isStale(held.user.user.id, held.askedAt)) return undefined;
      if (now >= held.renewAt) this.#renew(key, token);
    }
    return held.user;
  }

  /**
   * The JWT of an opaque token, from auth.
   *
   * @throws DomainError or TokenRefusal, as {@link TokenExchange}
   */
  verify(token: string): Promise<VerifiedToken> {
    return this.#obtain(keyOf(token), token);
  }

  #isGood({ user, endsAt }: Held): boolean {
    return endsAt > Date.now() && !this.tokens.revocations.refusalOf(user);
  }

  #renew(key: string, token: string): void {
    if (this.#underWay.has(key)) return;
    // Whoever comes next learns of it.
    this.#obtain(key, token).catch(() => undefined);
  }

  #obtain(key: string, token: string): Promise<VerifiedToken> {
    const others = this.#underWay.get(key);
    if (others) return others;
    const own = this.#exchange(key, token).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, own);
    return own;
  }

  async #exchange(key: string, token: string): Promise<VerifiedToken> {
    try {
      const exchanged = await this.exchange.exchange(token);
      this.#held.set(key, { ...exchanged, renewAt: renewalOf(exchanged), pausedUntil: -Infinity });
      return exchanged.user;
    } catch (error) {
      if (isRefusal(error)) this.#held.delete(key);
      const held = this.#held.get(key);
      if (!held || !this.#isGood(held)) throw error;
      this.#log.debug({ msg: 'a token could not be renewed, and serves on', session: held.user.user.sessionId, err: error });
      held.pausedUntil = performance.now() + PAUSE_MS;
      return held.user;
    }
  }
}

const keyOf = (token: string) => hash('sha256', token, 'base64');

/** After half of what is left of its life; not at all if there is no more to be had. */
const renewalOf = ({ endsAt, last }: Exchanged) => (last ? Infinity : performance.now() + (endsAt - Date.now()) / 2);

/** Auth has decided: what was good is so no longer. */
const isRefusal = (error: unknown) =>
  error instanceof DomainError && (error.code === Code.UNAUTHENTICATED || error.code === Code.PERMISSION_DENIED);
