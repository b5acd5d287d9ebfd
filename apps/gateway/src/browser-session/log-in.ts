import { Inject, Injectable } from '@nestjs/common';
import * as openid from 'openid-client';
import { AcceptedTokens } from './accepted-tokens.ts';
import { OidcClient, type Checks, GrantRefused, type Tokens } from './oidc-client.ts';
import { BROWSER_SESSION_OPTIONS, type BrowserSessionOptions } from './options.ts';
import { deriveKey, seal, unseal } from './seal.ts';

/** The time a user has to log in, in seconds. */
export const LOG_IN_S = 600;

/** The state of a started log-in. The browser stores it in a sealed cookie. */
interface LogInState extends Checks {
  /** The path to open after the log-in. */
  readonly returnTo: string;
  /** The session that the browser had before. */
  readonly former: string | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** The result of a log-in. */
export interface LoggedIn extends Pick<LogInState, 'returnTo' | 'former'> {
  readonly tokens: Tokens;
}

/** Log-in at the authorization server: authorization code with PKCE, in two steps around the user's input. */
@Injectable()
export class LogIn {
  readonly #key: Uint8Array;

  constructor(
    readonly server: OidcClient,
    readonly accepted: AcceptedTokens,
    @Inject(BROWSER_SESSION_OPTIONS) { encryptionKey }: Pick<BrowserSessionOptions, 'encryptionKey'>,
  ) {
    this.#key = deriveKey(encryptionKey, 'log-in');
  }

  /**
   * Begins a log-in. Returns the URL for the browser, and its `state` and the value of its cookie.
   *
   * @param again whether users who are logged in must log in again
   * @throws DomainError SERVICE_UNAVAILABLE
   */
  async begin(returnTo: string, former: string | undefined, again = false): Promise<{ url: URL; state: string; remember: string }> {
    const checks = { state: openid.randomState(), nonce: openid.randomNonce(), verifier: openid.randomPKCECodeVerifier() };
    const state: LogInState = { ...checks, returnTo, former, expiresAt: Date.now() + LOG_IN_S * 1000 };
    return { url: await this.server.authorizationUrl(checks, again), state: checks.state, remember: await seal(state, this.#key) };
  }

  /**
   * Ends a log-in. Undefined if the response does not belong to the log-in cookie, or the authorization server refused the log-in.
   *
   * @param answer the path and query of the callback request
   * @throws DomainError SERVICE_UNAVAILABLE, or as {@link AcceptedTokens.check}
   */
  async end(answer: string, remembered: string): Promise<LoggedIn | undefined> {
    const begun = await unseal<LogInState>(remembered, this.#key);
    if (!begun || begun.expiresAt < Date.now()) return undefined;
    try {
      const tokens = await this.server.redeem(answer, begun);
      await this.accepted.check(tokens);
      return { returnTo: begun.returnTo, former: begun.former, tokens };
    } catch (error) {
      if (error instanceof GrantRefused) return undefined;
      throw error;
    }
  }
}
