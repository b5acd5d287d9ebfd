import { Injectable, Logger } from '@nestjs/common';
import { serviceUnavailable } from '@reputable/errors';
import { LRUCache } from 'lru-cache';
import { hash, randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { OidcClient, GrantRefused, type Tokens } from './oidc-client.ts';
import { browserSessionEnded, hasEnded } from './browser-session.errors.ts';
import { type StoredTokens, SessionVault } from './session-vault.ts';

/** How many are remembered. One takes about 1 KB. */
const CACHE_SIZE = 10_000;

/** An access token is renewed when it has less left than this, in milliseconds, */
const RENEW_MS = 30_000;
/** and not used any more when it has less than this. */
const USABLE_MS = 2_000;

/** How often to look whether another gateway has renewed a session, and for how long: for longer than it can be held. In milliseconds. */
const POLL_MS = 50;
const PATIENCE_MS = 6_000;

/** 256 random bits as they are written. */
const ID = /^[A-Za-z0-9_-]{43}$/;

/**
 * Browsers that are logged in. Each has an id in a cookie, and no token. The tokens are in the {@link SessionVault}, and remembered here, so
 * that most requests ask nobody.
 *
 * A refresh token is good for one use, and browsers send requests in parallel: one request of this process renews a session, and by
 * holding it in the vault, one of all gateways.
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

  /** Begins a session with these tokens; returns its id, which is new. */
  async begin(tokens: Tokens): Promise<string> {
    const id = randomBytes(32).toString('base64url');
    this.#known.set(keyOf(id), await this.vault.create(id, tokens));
    return id;
  }

  /**
   * The access token of a session: at once while it is known and lives, and renewed in the background towards its end.
   *
   * @throws DomainError BROWSER_SESSION_ENDED, or rejects with it
   * @throws DomainError SERVICE_UNAVAILABLE, as a rejection
   */
  accessToken(id: string): string | Promise<string> {
    if (!ID.test(id)) throw browserSessionEnded();
    const known = this.#known.get(keyOf(id));
    if (known && lives(known, RENEW_MS)) return known.accessToken;
    const renewed = this.#renewOnce(id);
    if (!known || !lives(known, USABLE_MS)) return renewed.then(({ accessToken }) => accessToken);
    // If it fails, there is time to try again.
    renewed.catch(() => undefined);
    return known.accessToken;
  }

  /**
   * Another access token in place of one that is refused although it has time left.
   *
   * @throws DomainError BROWSER_SESSION_ENDED if there is none to be had
   * @throws DomainError SERVICE_UNAVAILABLE
   */
  async replacement(id: string, refused: string): Promise<string> {
    const known = this.#known.get(keyOf(id));
    if (known && known.accessToken !== refused) return this.accessToken(id);
    return (await this.#renewOnce(id, refused)).accessToken;
  }

  /** Forgets a session, here and in the vault. That there is none is no error. */
  async forget(id: string): Promise<void> {
    if (!ID.test(id)) return;
    this.#known.delete(keyOf(id));
    await this.vault.delete(id);
  }

  /** Renews a session, for all in this process who want that now. */
  #renewOnce(id: string, refused?: string): Promise<StoredTokens> {
    const key = keyOf(id);
    const running = this.#renewals.get(key);
    if (running) return running;
    const renewal = this.#renew(id, refused)
      .then((kept) => {
        this.#known.set(key, kept);
        return kept;
      })
      .catch((error: unknown) => {
        if (hasEnded(error)) this.#known.delete(key);
        throw error;
      })
      .finally(() => this.#renewals.delete(key));
    this.#renewals.set(key, renewal);
    return renewal;
  }

  /** The session with an access token that is good: as it is kept, or renewed by whoever is let. */
  async #renew(id: string, refused?: string): Promise<StoredTokens> {
    let seen = await this.vault.get(id);
    if (seen.accessToken !== refused && lives(seen, RENEW_MS)) return seen;
    // Before the time in which others have to wait.
    await this.server.discovered();
    const deadline = Date.now() + PATIENCE_MS;
    while (Date.now() < deadline) {
      const { held, kept } = await this.vault.hold(id, seen.version);
      if (held) return this.#refresh(id, kept);
      if (kept.version === seen.version) await setTimeout(POLL_MS);
      else if (kept.accessToken !== seen.accessToken) return kept;
      seen = kept;
    }
    throw serviceUnavailable('auth');
  }

  /** Gets new tokens and keeps them. Until then the session is held: nobody else uses the refresh token. */
  async #refresh(id: string, kept: StoredTokens): Promise<StoredTokens> {
    const tokens = await this.server.refresh(kept.refreshToken).catch((error: unknown) => this.#giveUp(id, kept, error));
    return this.vault.replace(id, kept.version, tokens);
  }

  async #giveUp(id: string, kept: StoredTokens, error: unknown): Promise<never> {
    if (!(error instanceof GrantRefused)) {
      // Lets go of it, for the next one to try.
      await this.vault.replace(id, kept.version, kept);
      throw error;
    }
    this.#log.log({ msg: 'a browser session is over: its refresh token is refused' });
    await this.vault.delete(id);
    throw browserSessionEnded();
  }
}

/** Who can read our memory may know the tokens; not the cookies. */
const keyOf = (id: string) => hash('sha256', id, 'base64url');

const lives = ({ expiresAt }: Tokens, leastMs: number) => expiresAt - Date.now() > leastMs;
