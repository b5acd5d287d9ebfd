import { Inject, Injectable, Logger } from '@nestjs/common';
import { serviceUnavailable } from '@reputable/errors';
import * as openid from 'openid-client';
import { BROWSER_SESSION_OPTIONS, type BrowserSessionOptions } from './options.ts';

/** The gateway's name at the authorization server. */
const CLIENT_ID = 'gateway';

/** How long it may take to answer, in seconds: less than a session is held for. */
const TIMEOUT_S = 2;

/** What a log-in gives the gateway. It leaves the gateway in no other form than sealed. */
export interface Tokens {
  readonly accessToken: string;
  /** When the access token ends, in milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly refreshToken: string;
}

/** What keeps an answer to an authorization request from being used by somebody else, or for another one. */
export interface Checks {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** The authorization server does not take this code, or this refresh token: it is used, over or not ours. */
export class GrantRefused extends Error {
  override readonly name = 'GrantRefused';
}

/** Our auth service, as the OpenID provider it is for any client; this one is confidential, and authenticates with a secret. */
@Injectable()
export class OidcClient {
  readonly #log = new Logger('oidc-client');
  #configuration: Promise<openid.Configuration> | undefined;

  constructor(@Inject(BROWSER_SESSION_OPTIONS) readonly options: BrowserSessionOptions) {}

  /**
   * What it says of itself: asked for when it is first needed, as it may start after us, and again if that failed.
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
   * Where to send a browser for somebody to log in.
   *
   * @throws DomainError SERVICE_UNAVAILABLE
   */
  async authorizationUrl({ state, nonce, verifier }: Checks): Promise<URL> {
    return openid.buildAuthorizationUrl(await this.discovered(), {
      redirect_uri: `${this.options.origin}/auth/callback`,
      scope: 'openid api',
      ...this.#resource,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    });
  }

  /**
   * The tokens for the code with which it has sent the browser back. The answer's `state` and `iss`, the ID token's signature, `aud` and
   * `nonce`, and the code's verifier must be right.
   *
   * @param answer path and query of the request with which the browser came back
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
   * The next tokens. The refresh token is used up by that, whether or not the answer arrives.
   *
   * @throws GrantRefused
   * @throws DomainError SERVICE_UNAVAILABLE
   */
  async refresh(refreshToken: string): Promise<Tokens> {
    const grant = openid.refreshTokenGrant(await this.discovered(), refreshToken, this.#resource);
    return this.#tokens(grant, isInvalidGrant);
  }

  /** What the access token is to be good for (RFC 8707). */
  get #resource() {
    return { resource: `${this.options.origin}/graphql` };
  }

  async #tokens(grant: ReturnType<typeof openid.refreshTokenGrant>, isRefusal: (error: unknown) => boolean): Promise<Tokens> {
    try {
      const { access_token: accessToken, refresh_token: refreshToken, expires_in: lifetime } = await grant;
      if (refreshToken === undefined || lifetime === undefined)
        throw new Error('It gave no refresh token, or did not say how long the access token lives.');
      return { accessToken, refreshToken, expiresAt: Date.now() + lifetime * 1000 };
    } catch (error) {
      throw isRefusal(error) ? new GrantRefused((error as Error).message, { cause: error }) : this.#unavailable(error);
    }
  }

  #discover(): Promise<openid.Configuration> {
    const { issuer, clientSecret } = this.options;
    const execute = [openid.enableNonRepudiationChecks];
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- it never leaves this machine: see privateUrl
    if ([issuer, this.options.backChannel].some((url) => url.startsWith('http:'))) execute.push(openid.allowInsecureRequests);
    const options = { timeout: TIMEOUT_S, execute, [openid.customFetch]: this.#fetch };
    return openid.discovery(new URL(issuer), CLIENT_ID, undefined, openid.ClientSecretBasic(clientSecret), options);
  }

  readonly #fetch: openid.CustomFetch = (url, options) =>
    fetch(moved(url, this.options.issuer, this.options.backChannel), options as RequestInit);

  #unavailable(error: unknown) {
    this.#log.warn({ msg: 'the authorization server does not answer as it should', err: error });
    return serviceUnavailable('auth');
  }
}

/** A URL below one base as the same below another; any other as it is. */
const moved = (url: string, from: string, to: string) => (url.startsWith(`${from}/`) ? to + url.slice(from.length) : url);

/** The code or the refresh token is not, or no longer, good for anything. */
const isInvalidGrant = (error: unknown) => error instanceof openid.ResponseBodyError && error.error === 'invalid_grant';

/** Somebody did not log in, or the browser brings the answer to another question, or the ID token is not for us and now. */
const isWrongAnswer = (error: unknown) =>
  error instanceof openid.AuthorizationResponseError || (error instanceof openid.ClientError && WRONG.has(error.code ?? ''));

const WRONG = new Set(['OAUTH_INVALID_RESPONSE', 'OAUTH_JWT_CLAIM_COMPARISON_FAILED', 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED']);
