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

/** How long a browser session lasts at most, in seconds: 30 days, as the session that its tokens are of. */
export const LIFETIME_S = 30 * 24 * 3_600;

/** The tokens of a session, as they are kept. */
export interface StoredTokens extends Tokens {
  /** Goes up with every change. */
  readonly version: number;
}

/**
 * Where the tokens of browsers are kept: at auth, under the hash of the session's id, and sealed with a key that it takes both the id and our
 * secret to make. Who has the database and the secret still has no tokens.
 *
 * All methods throw BROWSER_SESSION_ENDED if there is no such session, or no longer.
 */
@Injectable()
export class SessionVault {
  readonly #log = new Logger('browser-session');

  constructor(
    @InjectClient(BrowserSessionService) readonly store: Client<typeof BrowserSessionService>,
    @Inject(BROWSER_SESSION_OPTIONS) readonly options: Pick<BrowserSessionOptions, 'encryptionKey'>,
  ) {}

  async create(id: string, tokens: Tokens): Promise<StoredTokens> {
    const expiresAt = timestampFromMs(Date.now() + LIFETIME_S * 1000);
    await this.store.createBrowserSession({ idHash: hashOf(id), sealed: await this.#seal(id, tokens), expiresAt });
    return { ...tokens, version: 1 };
  }

  async get(id: string): Promise<StoredTokens> {
    const { session } = await this.store.getBrowserSession({ idHash: hashOf(id) }).catch(endIfNotFound);
    return this.#open(id, session);
  }

  /** Asks to be the only one who changes this version for five seconds; says whether that is granted, and what there is now. */
  async hold(id: string, version: number): Promise<{ held: boolean; kept: StoredTokens }> {
    const { held, session } = await this.store.holdBrowserSession({ idHash: hashOf(id), version }).catch(endIfNotFound);
    return { held, kept: await this.#open(id, session) };
  }

  /** Changes this version, for whoever holds it. */
  async replace(id: string, version: number, tokens: Tokens): Promise<StoredTokens> {
    const change = { idHash: hashOf(id), version, sealed: await this.#seal(id, tokens) };
    // What was there before is used up: it is worth a second try, which finds it changed if it was only the answer that was lost.
    await this.store.replaceBrowserSession(change).catch(() => this.store.replaceBrowserSession(change).catch(unlessChanged));
    return { ...tokens, version: version + 1 };
  }

  async delete(id: string): Promise<void> {
    await this.store.deleteBrowserSession({ idHash: hashOf(id) });
  }

  async #seal(id: string, { accessToken, expiresAt, refreshToken }: Tokens): Promise<Uint8Array> {
    return Buffer.from(await seal({ accessToken, expiresAt, refreshToken }, this.#key(id)));
  }

  async #open(id: string, session: BrowserSession | undefined): Promise<StoredTokens> {
    const tokens = session && (await unseal<Tokens>(Buffer.from(session.sealed).toString(), this.#key(id)));
    if (tokens) return { ...tokens, version: session.version };
    this.#log.warn({ msg: 'a browser session cannot be opened: has SESSION_ENCRYPTION_KEY been changed?' });
    throw browserSessionEnded();
  }

  #key(id: string): Uint8Array {
    return deriveKey(this.options.encryptionKey, 'browser session', id);
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
