import { Injectable, Logger } from '@nestjs/common';
import { serviceUnavailable } from '@reputable/errors';
import { LRUCache } from 'lru-cache';
import { hash, randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { OidcClient, GrantRefused, type Tokens } from './oidc-client.ts';
import { browserSessionEnded, hasEnded } from './browser-session.errors.ts';
import { type StoredTokens, SessionVault } from './session-vault.ts';

/** The number of sessions to cache. Each takes about 1 KB. */
const CACHE_SIZE = 10_000;

/** An access token with less remaining lifetime than this is renewed in the background, in milliseconds. */
const RENEW_MS = 30_000;
/** An access token with less remaining lifetime than this is not used, in milliseconds. */
const USABLE_MS = 2_000;

/** The interval and the duration of polling for another gateway's renewal: longer than a hold lasts. In milliseconds. */
const POLL_MS = 50;
const POLL_LIMIT_MS = 6_000;

/** 256 random bits in base64url. */
const ID = /^[A-Za-z0-9_-]{43}$/;

/**
 * The sessions of logged-in browsers. A browser has the session's id in a cookie, and no token. The {@link SessionVault} stores the tokens.
 * This class caches them, so that most requests need no call.
 *
 * A refresh token is valid for one use, and browsers send requests in parallel. So one request per process renews a session, and a hold in the
 * vault allows one gateway at a time.
 */
@Injectable()
export class BrowserSessions {
  readonly #log = new Logger('browser-session');
  readonly #known = new LRUCache<string, StoredTokens>({ max: CACHE_SIZE });
  readonly #renewals = new Map<string, Promise<StoredTokens>>();

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
    // A later request repeats a failed renewal.
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

  /** The session with a usable access token: from the vault, renewed here, or renewed by another gateway. */
  async #renew(id: string, refused?: string): Promise<StoredTokens> {
    let current = await this.vault.get(id);
    if (current.accessToken !== refused && hasLifetime(current, renewalOf(current))) return current;
    // Run discovery before the hold, so that other gateways do not wait for it.
    if (current.refreshToken !== undefined) await this.server.discovered();
    const deadline = Date.now() + POLL_LIMIT_MS;
    while (Date.now() < deadline) {
      const { held, stored } = await this.vault.hold(id, current.version);
      if (held) return this.#refresh(id, stored);
      if (stored.version === current.version) await setTimeout(POLL_MS);
      else if (stored.accessToken !== current.accessToken) return stored;
      current = stored;
    }
    throw serviceUnavailable('auth');
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
const renewalOf = ({ refreshToken }: Tokens) => (refreshToken === undefined ? USABLE_MS : RENEW_MS);

const hasLifetime = ({ expiresAt }: Tokens, leastMs: number) => expiresAt - Date.now() > leastMs;
