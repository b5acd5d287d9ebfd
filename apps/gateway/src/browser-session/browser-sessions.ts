import { Injectable, Logger } from '@nestjs/common';
import { serviceUnavailable } from '@reputable/errors';
import { LRUCache } from 'lru-cache';
import { AsyncResource } from 'node:async_hooks';
import { hash, randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { OidcClient, GrantRefused, type Tokens } from './oidc-client.ts';
import { browserSessionEnded, hasEnded } from './browser-session.errors.ts';
import { type StoredTokens, SessionVault } from './session-vault.ts';

/** The number of sessions to cache. Each takes about 1 KB. */
const CACHE_SIZE = 10_000;

/** An access token with less remaining lifetime than this is renewed in the background, unless it states another: in milliseconds. */
const RENEW_MS = 30_000;
/** An access token with less remaining lifetime than this is not used, in milliseconds. */
const USABLE_MS = 2_000;

/** The interval and the duration of polling for another gateway's renewal: longer than a hold lasts. In milliseconds. */
const POLL_MS = 50;
const POLL_LIMIT_MS = 6_000;

/**
 * The pauses before each further try of a renewal whose outcome is unknown, in seconds. Auth returns the same tokens for 10 seconds
 * (`REFRESH_RETRY_S`), and a try lasts 2 seconds at most. A refresh that waits for its database is done up to 10 seconds later.
 */
const RETRY_PAUSES_S = [1, 2, 3, 4, 5];

/** The largest number of sessions whose renewal is tried again at the same time. The others wait for their next request. */
const MAX_RETRIED = 1_000;

/** 256 random bits in base64url. */
const ID = /^[A-Za-z0-9_-]{43}$/;

/**
 * The sessions of logged-in browsers. A browser has the session's id in a cookie, and no token. The {@link SessionVault} stores the tokens.
 * This class caches them, so that most requests need no call.
 *
 * A refresh token is valid for one use, and browsers send requests in parallel. So one request per process renews a session, and a hold in the
 * vault allows one gateway at a time. If the answer to a renewal is lost, the refresh token may be used up, so it is tried again soon, without a request.
 */
@Injectable()
export class BrowserSessions {
  readonly #log = new Logger('browser-session');
  readonly #known = new LRUCache<string, StoredTokens>({ max: CACHE_SIZE });
  readonly #renewals = new Map<string, Promise<StoredTokens>>();
  /** The sessions whose renewal is tried again. */
  readonly #retried = new Set<string>();
  /** Outside the context of the request, whose deadline may have passed. */
  readonly #retryLater = AsyncResource.bind((id: string, refused?: string) => void this.#retry(id, refused));

  constructor(
    readonly vault: SessionVault,
    readonly server: OidcClient,
  ) {}

  /** Begins a session with these tokens. Returns its new id. */
  async begin(tokens: Tokens): Promise<string> {
    const id = randomBytes(32).toString('base64url');
    this.#known.set(keyOf(id), await this.vault.create(id, tokens));
    return id;
  }

  /**
   * The access token of a session. Synchronous while the cached token is usable. Renews it in the background before it expires.
   *
   * @throws DomainError BROWSER_SESSION_ENDED, or rejects with it
   * @throws DomainError SERVICE_UNAVAILABLE, as a rejection
   */
  accessToken(id: string): string | Promise<string> {
    if (!ID.test(id)) throw browserSessionEnded();
    const known = this.#known.get(keyOf(id));
    if (known && hasLifetime(known, renewalOf(known))) return known.accessToken;
    const renewed = this.#renewOnce(id);
    if (!known || !hasLifetime(known, USABLE_MS)) return renewed.then(({ accessToken }) => accessToken);
    renewed.catch(() => undefined);
    return known.accessToken;
  }

  /**
   * Replaces an access token that was refused before its expiry.
   *
   * @throws DomainError BROWSER_SESSION_ENDED if the session cannot be renewed
   * @throws DomainError SERVICE_UNAVAILABLE
   */
  async replacement(id: string, refused: string): Promise<string> {
    const known = this.#known.get(keyOf(id));
    if (known && known.accessToken !== refused) return this.accessToken(id);
    return (await this.#renewOnce(id, refused)).accessToken;
  }

  /** Deletes a session from the cache and the vault. Succeeds without a session. */
  async forget(id: string): Promise<void> {
    if (!ID.test(id)) return;
    this.#known.delete(keyOf(id));
    await this.vault.delete(id);
  }

  /** Renews a session, once for all concurrent requests of this process. */
  #renewOnce(id: string, refused?: string): Promise<StoredTokens> {
    const key = keyOf(id);
    const running = this.#renewals.get(key);
    if (running) return running;
    const renewal = this.#renew(id, refused)
      .then((stored) => {
        this.#known.set(key, stored);
        return stored;
      })
      .catch((error: unknown) => {
        if (hasEnded(error)) this.#known.delete(key);
        throw error;
      })
      .finally(() => this.#renewals.delete(key));
    this.#renewals.set(key, renewal);
    return renewal;
  }

  /** Tries a failed renewal again, until it succeeds or the session has ended. A later request can be too late. */
  async #retry(id: string, refused?: string): Promise<void> {
    const key = keyOf(id);
    if (this.#retried.has(key) || this.#retried.size >= MAX_RETRIED) return;
    this.#retried.add(key);
    for (const pauseS of RETRY_PAUSES_S) {
      await setTimeout(pauseS * 1000, undefined, { ref: false });
      if (await this.#renewOnce(id, refused).then(() => true, hasEnded)) break;
    }
    this.#retried.delete(key);
  }

  /** The session with a usable access token: from the vault, renewed here, or renewed by another gateway. */
  async #renew(id: string, refused?: string): Promise<StoredTokens> {
    let current = await this.vault.get(id);
    if (current.accessToken !== refused && hasLifetime(current, renewalOf(current))) return current;
    // Run discovery before the hold, so that other gateways do not wait for it.
    if (current.refreshToken !== undefined) await this.server.discovered();
    const deadline = Date.now() + POLL_LIMIT_MS;
    while (Date.now() < deadline) {
      const { held, stored } = await this.vault.hold(id, current.version);
      if (held) return this.#refreshAgainIfLost(id, stored, refused);
      if (stored.version === current.version) await setTimeout(POLL_MS);
      else if (stored.accessToken !== current.accessToken) return stored;
      current = stored;
    }
    throw serviceUnavailable('auth');
  }

  /** After a failure the refresh token may be used up, and auth returns its tokens again for some seconds only. */
  async #refreshAgainIfLost(id: string, stored: StoredTokens, refused?: string): Promise<StoredTokens> {
    try {
      return await this.#refresh(id, stored);
    } catch (error) {
      if (!hasEnded(error)) this.#retryLater(id, refused);
      throw error;
    }
  }

  /** Gets new tokens and stores them, which ends the hold. During the hold no other gateway uses the refresh token. */
  async #refresh(id: string, stored: StoredTokens): Promise<StoredTokens> {
    const { refreshToken } = stored;
    if (refreshToken === undefined) return this.#end(id, 'no refresh token');
    const tokens = await this.server.refresh(refreshToken).catch((error: unknown) => this.#giveUp(id, stored, error));
    return this.vault.replace(id, stored.version, tokens);
  }

  async #giveUp(id: string, stored: StoredTokens, error: unknown): Promise<never> {
    if (!(error instanceof GrantRefused)) {
      // Ends the hold, so that another gateway can try.
      await this.vault.replace(id, stored.version, stored);
      throw error;
    }
    return this.#end(id, 'refresh token refused');
  }

  async #end(id: string, reason: string): Promise<never> {
    this.#log.log({ msg: 'browser session ended', reason });
    await this.vault.delete(id);
    throw browserSessionEnded();
  }
}

/** A hash, so that a memory dump contains no cookies. */
const keyOf = (id: string) => hash('sha256', id, 'base64url');

/** The least remaining lifetime without a renewal, in milliseconds. A token that cannot be renewed is used to its end. */
const renewalOf = ({ refreshToken, renewMs = RENEW_MS }: Tokens) => (refreshToken === undefined ? USABLE_MS : renewMs);

const hasLifetime = ({ expiresAt }: Tokens, leastMs: number) => expiresAt - Date.now() > leastMs;
