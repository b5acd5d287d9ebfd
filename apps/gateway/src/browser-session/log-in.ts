import { Inject, Injectable } from '@nestjs/common';
import * as openid from 'openid-client';
import { OidcClient, type Checks, GrantRefused, type Tokens } from './oidc-client.ts';
import { BROWSER_SESSION_OPTIONS, type BrowserSessionOptions } from './options.ts';
import { deriveKey, seal, unseal } from './seal.ts';

/** How long somebody may take to log in, in seconds. */
export const LOG_IN_S = 600;

/** What is remembered of a log-in that has begun: by the browser, which cannot read or change it. */
interface LogInState extends Checks {
  /** Where to go afterwards. */
  readonly returnTo: string;
  /** The session that the browser had before. */
  readonly former: string | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** How a log-in has ended. */
export interface LoggedIn extends Pick<LogInState, 'returnTo' | 'former'> {
  readonly tokens: Tokens;
}

/** Logging in at the authorization server: authorization code with PKCE, in two parts with a person's doings between them. */
@Injectable()
export class LogIn {
  readonly #key: Uint8Array;

  constructor(
    readonly server: OidcClient,
    @Inject(BROWSER_SESSION_OPTIONS) { encryptionKey }: Pick<BrowserSessionOptions, 'encryptionKey'>,
  ) {
    this.#key = deriveKey(encryptionKey, 'log-in');
  }

  /**
   * Begins one: where to send the browser, and what it is to remember.
   *
   * @throws DomainError SERVICE_UNAVAILABLE
   */
  async begin(returnTo: string, former: string | undefined): Promise<{ url: URL; remember: string }> {
    const checks = { state: openid.randomState(), nonce: openid.randomNonce(), verifier: openid.randomPKCECodeVerifier() };
    const state: LogInState = { ...checks, returnTo, former, expiresAt: Date.now() + LOG_IN_S * 1000 };
    return { url: await this.server.authorizationUrl(checks), remember: await seal(state, this.#key) };
  }

  /**
   * Ends one, with what the browser brings back and what it remembers; undefined if these do not belong together, or the
   * authorization server did not let anybody in.
   *
   * @param answer path and query of the request
   * @throws DomainError SERVICE_UNAVAILABLE
   */
  async end(answer: string, remembered: string): Promise<LoggedIn | undefined> {
    const begun = await unseal<LogInState>(remembered, this.#key);
    if (!begun || begun.expiresAt < Date.now()) return undefined;
    try {
      return { returnTo: begun.returnTo, former: begun.former, tokens: await this.server.redeem(answer, begun) };
    } catch (error) {
      if (error instanceof GrantRefused) return undefined;
      throw error;
    }
  }
}
