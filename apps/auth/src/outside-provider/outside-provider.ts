import { isPrivate } from '@reputable/service';
import * as openid from 'openid-client';
import { email } from '../account/email.field.ts';
import { Discovery } from './discovery.ts';
import type { LogInSecrets } from './log-in-secrets.ts';
import { LogoutTokens } from './logout-tokens.ts';
import { configurationOf } from './openid-configuration.ts';
import { failureOf } from './provider-failure.ts';
import type { ProviderSettings } from './providers.field.ts';
import { callbackPathOf, loggedOutPathOf } from './providers.ts';

/** A user, as the provider describes them. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  /** Normalised by `email()`; null if the provider states none. */
  readonly email: string | null;
  readonly isEmailVerified: boolean;
  readonly name: string | null;
  /** When the user authenticated at the provider, in seconds since 1970; null if it does not say. */
  readonly authTime: number | null;
  /** The provider's id of its session with the user; null if it states none. */
  readonly sid: string | null;
}

/** How to log in. */
export interface LogInOptions {
  /** Whether the user must authenticate at the provider now, even if already logged in there. */
  readonly again: boolean;
}

/**
 * An outside OpenID provider: the code flow with PKCE, a nonce, and the issuer in the answer (RFC 9207). The provider's tokens are checked
 * and dropped.
 */
export class OutsideProvider {
  readonly #discovery: Discovery;
  readonly logoutTokens: LogoutTokens;

  /** @param publicUrl this service's public URL, without a slash at its end */
  constructor(
    readonly settings: ProviderSettings,
    readonly publicUrl: string,
  ) {
    this.#discovery = new Discovery(settings);
    this.logoutTokens = new LogoutTokens(this.#discovery, [settings.clientId]);
  }

  /** A redirect URI of this provider alone, so that another provider's answer does not get here (RFC 9700 §4.4.2). */
  get redirectUri(): string {
    return `${this.publicUrl}${callbackPathOf(this.settings.id)}`;
  }

  get label(): string {
    return this.settings.label;
  }

  /** Reads the provider's metadata unless known. Failures are logged. */
  async discover(): Promise<void> {
    await this.#discovery.metadata().catch(() => undefined);
  }

  /** Whether browsers can log out there: it has an endpoint for that, as far as its metadata is known. */
  get canLogOut(): boolean {
    const endpoint = URL.parse(this.#discovery.known?.end_session_endpoint ?? '');
    return endpoint !== null && isPrivate(endpoint);
  }

  /**
   * The URL at the provider that a browser goes to, to log out (OpenID Connect RP-Initiated Logout 1.0 §2). It has no `id_token_hint`,
   * because the provider's tokens are not kept. So the provider must ask the user.
   *
   * @throws TypeError unless {@link canLogOut}
   */
  logOutUrl(state = ''): URL {
    const client = configurationOf(this.settings, this.#discovery.known ?? { issuer: this.settings.issuer });
    return openid.buildEndSessionUrl(client, {
      post_logout_redirect_uri: `${this.publicUrl}${loggedOutPathOf(this.settings.id)}`,
      ...(state !== '' && { state }),
    });
  }

  /** The URL at the provider that a browser goes to, to log in. @throws ProviderFailure */
  async authorizationUrl({ state, nonce, codeVerifier }: LogInSecrets, { again }: LogInOptions): Promise<URL> {
    const client = configurationOf(this.settings, await this.#discovery.metadata());
    return openid.buildAuthorizationUrl(client, {
      redirect_uri: this.redirectUri,
      scope: 'openid email profile',
      state,
      nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      // A provider that gets max_age must say when the user authenticated (OpenID Connect Core §3.1.2.1).
      ...(again && { prompt: 'login', max_age: '0' }),
    });
  }

  /**
   * The user for whom the provider has answered.
   *
   * @param answer the query of the redirect URI
   * @throws ProviderFailure
   */
  async identify(answer: string, { state, nonce, codeVerifier }: LogInSecrets): Promise<Identity> {
    const client = configurationOf(this.settings, await this.#discovery.metadata());
    try {
      const landed = new URL(`?${answer}`, this.redirectUri);
      const checks = { pkceCodeVerifier: codeVerifier, expectedState: state, expectedNonce: nonce };
      return await this.#identityOf(client, await openid.authorizationCodeGrant(client, landed, checks));
    } catch (error) {
      throw failureOf(error);
    }
  }

  async #identityOf(client: openid.Configuration, tokens: Awaited<ReturnType<typeof openid.authorizationCodeGrant>>): Promise<Identity> {
    const claims = tokens.claims();
    if (!claims) throw new TypeError('no ID token');
    const { iss: issuer, sub: subject, auth_time: authTime = null } = claims;
    // Many providers have the address at the userinfo endpoint only.
    const isElsewhere = claims['email'] === undefined && client.serverMetadata().userinfo_endpoint !== undefined;
    const about = isElsewhere ? await openid.fetchUserInfo(client, tokens.access_token, subject) : claims;
    return {
      issuer,
      subject,
      email: email().safeParse(about['email']).data ?? null,
      isEmailVerified: about['email_verified'] === true,
      name: (typeof about['name'] === 'string' && about['name'].trim()) || null,
      authTime,
      sid: typeof claims['sid'] === 'string' && claims['sid'] !== '' ? claims['sid'] : null,
    };
  }
}
