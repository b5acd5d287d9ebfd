import { Inject, Injectable, Logger } from '@nestjs/common';
import { isPrivate } from '@reputable/service';
import { serviceUnavailable } from '@reputable/errors';
import * as openid from 'openid-client';
import { authorizationServerUnavailable } from './browser-session.errors.ts';
import { BROWSER_SESSION_OPTIONS, type BrowserSessionOptions, withoutSlash } from './options.ts';

/** The path of this gateway that another authorization server sends browsers to after a log-out there. */
export const LOGGED_OUT = '/auth/logged-out';

/** The timeout of a request, in seconds: shorter than a session's hold. */
const TIMEOUT_S = 2;

/**
 * The remaining lifetime at which an access token is renewed, in milliseconds: longer than the minute that its session goes on without auth. A token
 * with a short life is renewed after half of it.
 */
const RENEW_MS = 90_000;

/** The tokens of a log-in. They leave the gateway only sealed. */
export interface Tokens {
  readonly accessToken: string;
  /** The access token's expiry, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** The remaining lifetime at which it is renewed, in milliseconds. Absent in sessions from before this field. */
  readonly renewMs?: number;
  /** Undefined if the server issues none. The session then ends with the access token. */
  readonly refreshToken: string | undefined;
}

/** The values that bind an authorization response to its request and browser. */
export interface Checks {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

type Extension = (client: openid.Configuration) => void;

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
   * @throws DomainError SERVICE_UNAVAILABLE, or AUTHORIZATION_SERVER_UNAVAILABLE if it is not our own; the other methods do the same
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
    const { origin, scope, audience } = this.options;
    return openid.buildAuthorizationUrl(await this.discovered(), {
      redirect_uri: `${origin}/auth/callback`,
      scope,
      ...this.#resource,
      ...(audience !== undefined && { audience }),
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
    const configuration = await this.#client();
    const url = new URL(answer, this.options.origin);
    const grant = openid.authorizationCodeGrant(configuration, url, checks, this.#resource);
    return this.#tokens(grant, (error) => isInvalidGrant(error) || isWrongAnswer(error));
  }

  /**
   * Gets new tokens. If the response is lost, our authorization server accepts the same refresh token again, for some seconds. A server that keeps
   * refresh tokens returns none. The ID token is not used here, so the server's keys are not fetched: if that failed, the response with the next
   * refresh token would be lost.
   *
   * @throws GrantRefused
   * @throws DomainError SERVICE_UNAVAILABLE
   */
  async refresh(refreshToken: string): Promise<Tokens> {
    const grant = openid.refreshTokenGrant(await this.#client(this.#transport), refreshToken, this.#resource);
    const tokens = await this.#tokens(grant, isInvalidGrant);
    return { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken };
  }

  /**
   * The URL at another server that a browser goes to, to log out there (OpenID Connect RP-Initiated Logout 1.0 §2). It has no `id_token_hint`,
   * because no token reaches a browser, so the server asks the user. Undefined for our own server, and for a server that has no such URL or
   * is down.
   */
  async logOutUrl(): Promise<URL | undefined> {
    if (!this.options.isForeign) return undefined;
    const client = await this.discovered().catch(() => undefined);
    const endpoint = URL.parse(client?.serverMetadata().end_session_endpoint ?? '');
    if (!client || !endpoint || !isPrivate(endpoint)) return undefined;
    return openid.buildEndSessionUrl(client, { post_logout_redirect_uri: `${this.options.origin}${LOGGED_OUT}` });
  }

  /** The resource of the access token (RFC 8707). */
  get #resource() {
    const { resource } = this.options;
    return resource === undefined ? undefined : { resource };
  }

  /** The client for one request. It is new each time: openid-client looks for an unknown key once a minute only, and a server can replace its keys. */
  async #client(extensions = this.#extensions): Promise<openid.Configuration> {
    const { clientId, clientSecret } = this.options;
    const metadata = (await this.discovered()).serverMetadata();
    const client = new openid.Configuration(metadata, clientId, undefined, authenticationAt(metadata)(clientSecret));
    client.timeout = TIMEOUT_S;
    client[openid.customFetch] = this.#fetch;
    for (const extend of extensions) extend(client);
    return client;
  }

  async #tokens(grant: ReturnType<typeof openid.refreshTokenGrant>, isRefusal: (error: unknown) => boolean): Promise<Tokens> {
    try {
      const { access_token: accessToken, refresh_token: refreshToken, expires_in: lifetime } = await grant;
      if (lifetime === undefined) throw new Error('the token response lacks expires_in');
      return { accessToken, refreshToken, expiresAt: Date.now() + lifetime * 1000, renewMs: Math.min(RENEW_MS, lifetime * 500) };
    } catch (error) {
      throw isRefusal(error) ? new GrantRefused((error as Error).message, { cause: error }) : this.#unavailable(error);
    }
  }

  async #discover(): Promise<openid.Configuration> {
    const { issuer, isForeign, clientId, clientSecret } = this.options;
    const options = { timeout: TIMEOUT_S, execute: this.#extensions, [openid.customFetch]: this.#fetch };
    const client = await openid.discovery(new URL(issuer), clientId, undefined, openid.ClientSecretBasic(clientSecret), options);
    // openid-client accepts another issuer at some hosts, such as that of Entra ID.
    const named = client.serverMetadata().issuer;
    if (isForeign && named !== issuer) throw new Error(`The metadata of ${issuer} names the issuer ${named}.`);
    return client;
  }

  /** Checks the signatures of ID tokens. */
  get #extensions(): Extension[] {
    return [openid.enableNonRepudiationChecks, ...this.#transport];
  }

  get #transport(): Extension[] {
    const isHttp = [this.options.issuer, this.options.backChannel].some((url) => url.startsWith('http:'));
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- http only on this machine: see privateUrl
    return isHttp ? [openid.allowInsecureRequests] : [];
  }

  readonly #fetch: openid.CustomFetch = (url, options) =>
    fetch(rebased(url, withoutSlash(this.options.issuer), this.options.backChannel), options as RequestInit);

  #unavailable(error: unknown) {
    const { issuer, isForeign } = this.options;
    this.#log.warn({ msg: 'request to the authorization server failed', issuer, err: error });
    return isForeign ? authorizationServerUnavailable(issuer) : serviceUnavailable('auth');
  }
}

/** Replaces the base of a URL. Returns URLs below other bases unchanged. */
const rebased = (url: string, from: string, to: string) => (url.startsWith(`${from}/`) ? to + url.slice(from.length) : url);

/** By the header unless the server takes the secret in the body only (OpenID Connect Discovery §3). */
function authenticationAt({ token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] }: openid.ServerMetadata) {
  const isBodyOnly = !methods.includes('client_secret_basic') && methods.includes('client_secret_post');
  return isBodyOnly ? openid.ClientSecretPost : openid.ClientSecretBasic;
}

/** Whether the code or the refresh token is invalid. */
const isInvalidGrant = (error: unknown) => error instanceof openid.ResponseBodyError && error.error === 'invalid_grant';

/** Whether the log-in was refused, the response belongs to another request, or the ID token's claims are invalid. */
const isWrongAnswer = (error: unknown) =>
  error instanceof openid.AuthorizationResponseError || (error instanceof openid.ClientError && WRONG.has(error.code ?? ''));

const WRONG = new Set(['OAUTH_INVALID_RESPONSE', 'OAUTH_JWT_CLAIM_COMPARISON_FAILED', 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED']);
