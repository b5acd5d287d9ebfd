import { Inject, Injectable, Logger } from '@nestjs/common';
import { SCOPES } from '@reputable/contracts';
import { serviceUnavailable } from '@reputable/errors';
import * as openid from 'openid-client';
import { BROWSER_SESSION_OPTIONS, type BrowserSessionOptions } from './options.ts';

/** The gateway's OAuth client id. */
const CLIENT_ID = 'gateway';

/** The timeout of a request, in seconds: shorter than a session's hold. */
const TIMEOUT_S = 2;

/** The tokens of a log-in. They leave the gateway only sealed. */
export interface Tokens {
  readonly accessToken: string;
  /** The access token's expiry, in milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly refreshToken: string;
}

/** The values that bind an authorization response to its request and browser. */
export interface Checks {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** The authorization server refused the code or the refresh token: used, expired or issued to another client. */
export class GrantRefused extends Error {
  override readonly name = 'GrantRefused';
}

/** The gateway's client of the authorization server (OpenID Connect): confidential, authenticated with a secret. */
@Injectable()
export class OidcClient {
  readonly #log = new Logger('oidc-client');
  #configuration: Promise<openid.Configuration> | undefined;

  constructor(@Inject(BROWSER_SESSION_OPTIONS) readonly options: BrowserSessionOptions) {}

  /**
   * The server's metadata. Fetched on first use, because the server may start after the gateway, and again after a failure.
   *
   * @throws DomainError SERVICE_UNAVAILABLE
   */
  discovered(): Promise<openid.Configuration> {
    this.#configuration ??= this.#discover().catch((error: unknown) => {
      this.#configuration = undefined;
      throw this.#unavailable(error);
    });
    return this.#configuration;
  }

  /**
   * The URL at which a user logs in.
   *
   * @param again whether users who are logged in must log in again
   * @throws DomainError SERVICE_UNAVAILABLE
   */
  async authorizationUrl({ state, nonce, verifier }: Checks, again = false): Promise<URL> {
    return openid.buildAuthorizationUrl(await this.discovered(), {
      redirect_uri: `${this.options.origin}/auth/callback`,
      scope: `openid ${SCOPES.join(' ')}`,
      ...this.#resource,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...(again && { prompt: 'login' }),
    });
  }

  /**
   * Redeems the code of an authorization response for tokens. Checks the response's `state` and `iss`, the ID token's signature, `aud` and
   * `nonce`, and the PKCE verifier.
   *
   * @param answer the path and query of the callback request
   * @throws GrantRefused
   * @throws DomainError SERVICE_UNAVAILABLE
   */
  async redeem(answer: string, { state, nonce, verifier }: Checks): Promise<Tokens> {
    const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
    const configuration = await this.discovered();
    const url = new URL(answer, this.options.origin);
    const grant = openid.authorizationCodeGrant(configuration, url, checks, this.#resource);
    return this.#tokens(grant, (error) => isInvalidGrant(error) || isWrongAnswer(error));
  }

  /**
   * Gets new tokens. This uses up the refresh token even if the response is lost.
   *
   * @throws GrantRefused
   * @throws DomainError SERVICE_UNAVAILABLE
   */
  async refresh(refreshToken: string): Promise<Tokens> {
    const grant = openid.refreshTokenGrant(await this.discovered(), refreshToken, this.#resource);
    return this.#tokens(grant, isInvalidGrant);
  }

  /** The resource of the access token (RFC 8707). */
  get #resource() {
    return { resource: `${this.options.origin}/graphql` };
  }

  async #tokens(grant: ReturnType<typeof openid.refreshTokenGrant>, isRefusal: (error: unknown) => boolean): Promise<Tokens> {
    try {
      const { access_token: accessToken, refresh_token: refreshToken, expires_in: lifetime } = await grant;
      if (refreshToken === undefined || lifetime === undefined) throw new Error('the token response lacks refresh_token or expires_in');
      return { accessToken, refreshToken, expiresAt: Date.now() + lifetime * 1000 };
    } catch (error) {
      throw isRefusal(error) ? new GrantRefused((error as Error).message, { cause: error }) : this.#unavailable(error);
    }
  }

  #discover(): Promise<openid.Configuration> {
    const { issuer, clientSecret } = this.options;
    const execute = [openid.enableNonRepudiationChecks];
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- http only on this machine: see privateUrl
    if ([issuer, this.options.backChannel].some((url) => url.startsWith('http:'))) execute.push(openid.allowInsecureRequests);
    const options = { timeout: TIMEOUT_S, execute, [openid.customFetch]: this.#fetch };
    return openid.discovery(new URL(issuer), CLIENT_ID, undefined, openid.ClientSecretBasic(clientSecret), options);
  }

  readonly #fetch: openid.CustomFetch = (url, options) =>
    fetch(rebased(url, this.options.issuer, this.options.backChannel), options as RequestInit);

  #unavailable(error: unknown) {
    this.#log.warn({ msg: 'request to the authorization server failed', err: error });
    return serviceUnavailable('auth');
  }
}

/** Replaces the base of a URL. Returns URLs below other bases unchanged. */
const rebased = (url: string, from: string, to: string) => (url.startsWith(`${from}/`) ? to + url.slice(from.length) : url);

/** Whether the code or the refresh token is invalid. */
const isInvalidGrant = (error: unknown) => error instanceof openid.ResponseBodyError && error.error === 'invalid_grant';

/** Whether the log-in was refused, the response belongs to another request, or the ID token's claims are invalid. */
const isWrongAnswer = (error: unknown) =>
  error instanceof openid.AuthorizationResponseError || (error instanceof openid.ClientError && WRONG.has(error.code ?? ''));

const WRONG = new Set(['OAUTH_INVALID_RESPONSE', 'OAUTH_JWT_CLAIM_COMPARISON_FAILED', 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED']);
