import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { type BrowserSession, BrowserSessionService } from '@reputable/contracts/auth/v1/browser_session';
import { Code, DomainError } from '@reputable/errors';
import { createHash } from 'node:crypto';
import type { Tokens } from './oidc-client.ts';
import { browserSessionEnded } from './browser-session.errors.ts';
import { BROWSER_SESSION_OPTIONS, type BrowserSessionOptions } from './options.ts';
import { deriveKey, seal, unseal } from './seal.ts';

/** The longest lifetime of a browser session, in seconds: 30 days, like the session of its tokens. */
export const LIFETIME_S = 30 * 24 * 3_600;

/** The stored tokens of a session. */
export interface StoredTokens extends Tokens {
  /** Increases with every change. */
  readonly version: number;
}

/**
 * Stores the tokens of browser sessions at auth, by the hash of the session's id. It seals them with a key derived from both the id and the
 * gateway's secret, so the database and the secret together do not reveal the tokens.
 *
 * All methods throw BROWSER_SESSION_ENDED if the session does not exist or has ended.
 */
@Injectable()
export class SessionVault {
  readonly #log = new Logger('browser-session');

  constructor(
    @InjectClient(BrowserSessionService) readonly store: Client<typeof BrowserSessionService>,
    @Inject(BROWSER_SESSION_OPTIONS) readonly options: Pick<BrowserSessionOptions, 'encryptionKey' | 'issuer' | 'isForeign'>,
  ) {}

  async create(id: string, tokens: Tokens): Promise<StoredTokens> {
    const expiresAt = timestampFromMs(tokens.refreshToken === undefined ? tokens.expiresAt : Date.now() + LIFETIME_S * 1000);
    await this.store.createBrowserSession({ idHash: hashOf(id), sealed: await this.#seal(id, tokens), expiresAt });
    return { ...tokens, version: 1 };
  }

  async get(id: string): Promise<StoredTokens> {
    const { session } = await this.store.getBrowserSession({ idHash: hashOf(id) }).catch(endIfNotFound);
    return this.#open(id, session);
  }

  /** Requests the exclusive right to replace this version for five seconds. Returns whether auth granted it, and the stored tokens. */
  async hold(id: string, version: number): Promise<{ held: boolean; stored: StoredTokens }> {
    const { held, session } = await this.store.holdBrowserSession({ idHash: hashOf(id), version }).catch(endIfNotFound);
    return { held, stored: await this.#open(id, session) };
  }

  /** Replaces this version and ends the hold. */
  async replace(id: string, version: number, tokens: Tokens): Promise<StoredTokens> {
    const change = { idHash: hashOf(id), version, sealed: await this.#seal(id, tokens) };
    // The former refresh token is used up, so a failure would lose the session: retry. If only the response was lost, the retry is ABORTED.
    await this.store.replaceBrowserSession(change).catch(() => this.store.replaceBrowserSession(change).catch(unlessChanged));
    return { ...tokens, version: version + 1 };
  }

  async delete(id: string): Promise<void> {
    await this.store.deleteBrowserSession({ idHash: hashOf(id) });
  }

  async #seal(id: string, { accessToken, expiresAt, renewMs, refreshToken }: Tokens): Promise<Uint8Array> {
    return Buffer.from(await seal({ accessToken, expiresAt, renewMs, refreshToken }, this.#key(id)));
  }

  async #open(id: string, session: BrowserSession | undefined): Promise<StoredTokens> {
    const tokens = session && (await unseal<Tokens>(Buffer.from(session.sealed).toString(), this.#key(id)));
    if (tokens) return { ...tokens, version: session.version };
    this.#log.warn({ msg: 'browser session not decrypted: SESSION_ENCRYPTION_KEY or AUTHORIZATION_SERVER may have changed' });
    throw browserSessionEnded();
  }

  /** Another server than ours is part of the key, so that its tokens are sent to no other server after a change of the settings. */
  #key(id: string): Uint8Array {
    const { encryptionKey, issuer, isForeign } = this.options;
    return deriveKey(encryptionKey, 'browser session', isForeign ? `${id} ${issuer}` : id);
  }
}

const hashOf = (id: string) => createHash('sha256').update(id).digest();

function endIfNotFound(error: unknown): never {
  throw error instanceof DomainError && error.code === Code.NOT_FOUND ? browserSessionEnded() : error;
}

function unlessChanged(error: unknown): void {
  if (error instanceof DomainError && error.code === Code.ABORTED) return;
  endIfNotFound(error);
}
