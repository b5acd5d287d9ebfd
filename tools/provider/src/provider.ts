import { documentOf, headersOf, type Page } from '@reputable/page';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AugmentedRequest,
  Events,
  type MutableRedirectUri,
  type MutableResponse,
  OAuth2Issuer,
  OAuth2Service,
} from 'oauth2-mock-server';
import type { Header, MutableToken, Payload, TokenRequestIncomingMessage } from 'oauth2-mock-server';
import { text } from 'node:stream/consumers';
import { type ClientSession, forgetSid, keepNewSid, sidIn } from './client-session.ts';
import { continuePage, logInPage, realmLogInPage } from './log-in-page.ts';
import { LOG_OUT, loggedOutPage, logOutPage } from './log-out-page.ts';
import { claimsOf, type Person, personIn } from './person.ts';
import { accessTokenClaims, type Grant, idTokenClaims, PEOPLE, type Realm, tokenResponse } from './realm.ts';

/** The claims of an ID token. */
export type IdTokenClaims = Payload;

/** A logout token to sign: for a client, about a person, a session, or both. */
export interface LogOutTokenOptions {
  readonly clientId: string;
  readonly subject?: string;
  readonly sid?: string;
  /** Changes the token, for tests. */
  readonly distort?: (payload: Payload, header: Header) => void;
  /** Whether a key signs it that is not published, though it has the id of one that is. */
  readonly hasForeignKey?: boolean;
}

/** How a provider listens and behaves. */
export interface ProviderOptions {
  /** The address to listen on; 127.0.0.1 unless given. */
  readonly host?: string;
  /** Without a port, or with 0, the system chooses one. */
  readonly port?: number;
  /** Whether it has `iss` in its responses and says so (RFC 9207); yes unless given. */
  readonly hasIss?: boolean;
  /** Whether it has a page to log out, and says so; yes unless given. */
  readonly hasLogOut?: boolean;
  /** Makes it a realm like Keycloak's, with RS256, JWTs for an API as access tokens, refresh tokens, and users to choose from. */
  readonly realm?: Realm;
}

/** The path of the log-in page, which is the authorization endpoint. */
const LOG_IN = '/log-in';

/**
 * An OpenID provider for development and tests, independent of auth: oauth2-mock-server with a page on which people enter who they are. It
 * accepts every client and redirect URI, so it listens on this machine alone unless told otherwise. PKCE and the nonce work as usual. A client
 * takes logout tokens at `back-channel-log-out` beside its redirect URI, unless a realm names another URL.
 *
 * @example
 * const provider = await Provider.start();
 * // … send a browser to an authorization URL of provider.issuer
 * await provider.rotateKeys();
 * await provider.stop();
 */
export class Provider {
  readonly #people = new Map<string, Person>();
  readonly #codes = new Map<string, Grant>();
  readonly #refreshTokens = new Map<string, Grant>();
  readonly #sessions = new Set<ClientSession>();
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy());
  });
  #service!: OAuth2Service;
  #foreign!: OAuth2Service;

  /** The difference of its clock, in seconds. */
  clockS = 0;
  /** Whether the ID token has the person's claims. Otherwise only the userinfo endpoint has them. */
  hasClaimsInIdToken = true;
  /** Changes the claims of ID tokens, for tests. */
  distort: (claims: IdTokenClaims) => void = () => undefined;
  /** Changes the claims of a realm's access tokens, for tests. */
  distortAccessToken: (claims: Payload) => void = () => undefined;
  /** The lifetime of a realm's access tokens, in seconds. */
  lifetimeS = 300;
  /** Whether a realm issues a new refresh token with each access token, one for each log-in, or none. */
  refreshTokens: 'each time' | 'once' | 'none' = 'each time';
  /** Whether the published keys are not those that sign, though they have the same ids. */
  hasForeignKeys = false;
  /** Whether it answers at all. */
  isUp = true;
  /** Whether it publishes its keys. Otherwise their URL has the status 503. */
  hasKeys = true;

  private constructor(
    readonly hasIss: boolean,
    readonly hasLogOut: boolean,
    readonly realm: Realm | undefined,
  ) {}

  /** @throws Error if the port is in use */
  static async start({ host = '127.0.0.1', port = 0, hasIss = true, hasLogOut = true, realm }: ProviderOptions = {}): Promise<Provider> {
    const provider = new Provider(hasIss, hasLogOut, realm);
    await once(provider.#server.listen(port, host), 'listening');
    await provider.rotateKeys();
    return provider;
  }

  /** Its issuer identifier. */
  get issuer(): string {
    return `http://localhost:${String((this.#server.address() as AddressInfo).port)}${this.#base}`;
  }

  /** The people of a realm, by the names of their mailboxes. */
  get people(): ReadonlyMap<string, Person> {
    return new Map(this.realm && PEOPLE.map((person) => [person.email.replace(/@.*/, ''), person]));
  }

  /** The path of the issuer identifier, below which are its endpoints. */
  get #base(): string {
    return this.realm ? `/realms/${this.realm.name}` : '';
  }

  /** Lets the process end while the provider runs. */
  unref(): this {
    this.#server.unref().on('connection', (socket) => socket.unref());
    return this;
  }

  /** Replaces its key. It forgets the former one at once, and all codes. */
  async rotateKeys(): Promise<void> {
    const kid = randomUUID();
    [this.#service, this.#foreign] = await Promise.all([this.#withKey(kid), this.#withKey(kid)]);
  }

  /** Logs a person in at an authorization URL, as the page does. Returns the redirect URI with the code. */
  async authorize(url: URL | string, person: Person): Promise<URL> {
    const authorize = new URL('/authorize', this.issuer);
    authorize.search = new URL(url).search;
    const { subject, name, email, emailVerified, roles = [] } = person;
    for (const [field, value] of Object.entries({ subject, name, email })) authorize.searchParams.set(`person_${field}`, value);
    if (emailVerified) authorize.searchParams.set('person_verified', 'yes');
    for (const role of roles) authorize.searchParams.append('person_role', role);
    const response = await fetch(authorize, { redirect: 'manual' });
    return new URL(response.headers.get('location') ?? '');
  }

  /**
   * An access token of a realm, without a log-in.
   *
   * @throws Error if it is no realm
   */
  accessToken(person: Person, clientId: string): Promise<string> {
    const { realm } = this;
    if (!realm) throw new Error('Only a realm has access tokens for an API.');
    const grant = { ...person, clientId, sid: randomUUID(), scope: 'openid', authTime: Math.floor(Date.now() / 1000) };
    return this.#service.issuer.buildToken({
      scopesOrTransform: (_header, payload) => {
        this.#fillInRealm(payload, grant, realm);
      },
    });
  }

  /** The sessions of a person at clients. */
  sessionsOf(subject: string): ClientSession[] {
    return [...this.#sessions].filter((session) => session.subject === subject);
  }

  /**
   * Ends the sessions with this `sid`, and tells their clients (OpenID Connect Back-Channel Logout 1.0). Returns the statuses of their
   * responses; 0 for none.
   */
  async logOut(sid: string): Promise<number[]> {
    const ended = [...this.#sessions].filter((session) => session.sid === sid);
    for (const session of ended) this.#sessions.delete(session);
    for (const [token, grant] of this.#refreshTokens) if (grant.sid === sid) this.#refreshTokens.delete(token);
    return Promise.all(ended.map(async (session) => tell(session.logOutUri, await this.logOutToken(session))));
  }

  /** Signs a logout token (OpenID Connect Back-Channel Logout 1.0 §2.4). */
  logOutToken({ clientId, subject, sid, distort = () => undefined, hasForeignKey = false }: LogOutTokenOptions): Promise<string> {
    const { issuer } = hasForeignKey ? this.#foreign : this.#service;
    return issuer.buildToken({
      expiresIn: 120,
      scopesOrTransform: (header, payload) => {
        header['typ'] = 'logout+jwt';
        Object.assign(payload, { nbf: undefined, aud: clientId, jti: randomUUID(), events: { [LOG_OUT_EVENT]: {} } });
        Object.assign(payload, subject !== undefined && { sub: subject }, sid !== undefined && { sid });
        distort(payload, header);
      },
    });
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  /** Its name on its pages. */
  get #place(): string {
    return this.realm ? `the realm ${this.realm.name}` : 'the outside provider';
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.url = (request.url ?? '').replace(new RegExp(`^${this.#base}(?=/)`), '');
    const url = new URL(request.url, this.issuer);
    if (!this.isUp || (!this.hasKeys && url.pathname === '/jwks')) {
      response.writeHead(503).end();
    } else if (url.pathname === LOG_IN) {
      send(response, this.realm ? realmLogInPage(this.realm, url.searchParams) : logInPage(url.searchParams));
    } else if (url.pathname === '/continue') {
      send(response.setHeader('set-cookie', keepNewSid()), continuePage(url.search));
    } else if (url.pathname === LOG_OUT && request.method === 'POST') {
      await this.logOut(sidIn(request.headers.cookie) ?? '');
      send(response.setHeader('set-cookie', forgetSid), loggedOutPage(this.#place, new URLSearchParams(await text(request))));
    } else if (url.pathname === LOG_OUT) {
      send(response, logOutPage(this.#place, url.searchParams));
    } else {
      const service = this.hasForeignKeys && url.pathname === '/jwks' ? this.#foreign : this.#service;
      service.requestHandler(request, response);
    }
  }

  async #withKey(kid: string): Promise<OAuth2Service> {
    const issuer = new OAuth2Issuer();
    issuer.url = this.issuer;
    await issuer.keys.generate(this.#algorithm, { kid });
    return this.#serviceOf(issuer);
  }

  get #algorithm(): 'ES256' | 'RS256' {
    return this.realm ? 'RS256' : 'ES256';
  }

  #serviceOf(issuer: OAuth2Issuer): OAuth2Service {
    const service = new OAuth2Service(issuer);
    service.on(Events.BeforeWellKnownOpenIdConfiguration, ({ body }: MutableResponse) => {
      Object.assign(body, {
        authorization_endpoint: `${this.issuer}${LOG_IN}`,
        token_endpoint_auth_methods_supported: ['client_secret_basic'],
        end_session_endpoint: this.hasLogOut ? `${this.issuer}${LOG_OUT}` : undefined,
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        authorization_response_iss_parameter_supported: this.hasIss,
        id_token_signing_alg_values_supported: [this.#algorithm],
        scopes_supported: ['openid', 'email', 'profile'],
      });
    });
    service.on(Events.BeforeAuthorizeRedirect, ({ url }: MutableRedirectUri, { query, headers }: AugmentedRequest) => {
      const request = new URLSearchParams(query as Record<string, string>);
      const person = personIn(request, this.realm && PEOPLE);
      const { sid, clientId } = { sid: sidIn(headers.cookie) ?? randomUUID(), clientId: request.get('client_id') ?? '' };
      const grant = { ...person, sid, clientId, scope: request.get('scope') ?? '', authTime: Math.floor(Date.now() / 1000) };
      this.#codes.set(url.searchParams.get('code') ?? '', grant);
      const logOutUri = this.realm?.logOutUri ?? new URL('back-channel-log-out', url).href;
      this.#sessions.add({ sid, subject: person.subject, clientId, logOutUri });
      if (this.hasIss) url.searchParams.set('iss', this.issuer);
    });
    service.on(Events.BeforeTokenSigning, ({ payload }: MutableToken, { body }: TokenRequestIncomingMessage) => {
      const grant = this.#grantOf(body);
      if (!grant) return;
      if (this.realm) this.#fillInRealm(payload, grant, this.realm);
      else this.#fill(payload, grant);
    });
    service.on(Events.BeforeResponse, (response: MutableResponse, { body }: TokenRequestIncomingMessage) => {
      if (this.realm) this.#completeInRealm(response, body);
    });
    service.on(Events.BeforeUserinfo, ({ body }: MutableResponse, { headers }: IncomingMessage) => {
      const person = this.#people.get(subjectIn(headers.authorization));
      if (person) Object.assign(body, claimsOf(person));
    });
    return service;
  }

  #grantOf({ code, refresh_token: refreshToken }: TokenRequest): Grant | undefined {
    return this.#codes.get(code ?? '') ?? this.#refreshTokens.get(refreshToken ?? '');
  }

  /** Fills an access token or an ID token of a realm. */
  #fillInRealm(payload: Payload, grant: Grant, realm: Realm): void {
    for (const name of ['nbf', 'amr']) payload[name] = undefined;
    payload.exp = payload.iat + this.lifetimeS;
    if (payload['aud'] === undefined) {
      Object.assign(payload, accessTokenClaims(grant, realm));
      this.distortAccessToken(payload);
    } else {
      Object.assign(payload, { ...idTokenClaims(grant), aud: grant.clientId });
      this.distort(payload);
    }
  }

  /** Completes a token response of a realm, or refuses the request. */
  #completeInRealm(response: MutableResponse, request: TokenRequest): void {
    const grant = this.#grantOf(request);
    if (!grant) {
      Object.assign(response, { statusCode: 400, body: { error: 'invalid_grant', error_description: 'Token is not active' } });
      return;
    }
    const refreshToken = randomUUID();
    const isNew = this.refreshTokens === 'each time' || (this.refreshTokens === 'once' && request.code !== undefined);
    Object.assign(response.body, tokenResponse(grant, this.lifetimeS), { refresh_token: isNew ? refreshToken : undefined });
    if (isNew) this.#refreshTokens.set(refreshToken, grant);
  }

  /** Fills an access token or an ID token. The ID token is the one with an audience. */
  #fill(payload: Payload, person: Grant): void {
    this.#people.set(person.subject, person);
    if (payload['aud'] === undefined) {
      payload['sub'] = person.subject;
      return;
    }
    // The library takes the client id from the header as it is, though it is form-encoded there (RFC 6749 §2.3.1).
    payload['aud'] = decodeURIComponent(payload['aud'] as string);
    Object.assign(payload, this.hasClaimsInIdToken ? claimsOf(person) : { sub: person.subject }, {
      auth_time: payload.iat,
      sid: person.sid,
    });
    for (const name of ['iat', 'exp', 'nbf', 'auth_time']) payload[name] = Number(payload[name]) + this.clockS;
    this.distort(payload);
  }
}

type TokenRequest = TokenRequestIncomingMessage['body'] & { readonly refresh_token?: string };

const LOG_OUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** Posts a logout token to a client. Returns the status of the response; 0 for none. */
async function tell(logOutUri: string, token: string): Promise<number> {
  const body = new URLSearchParams({ logout_token: token });
  const response = await fetch(logOutUri, { method: 'POST', body, signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  return response?.status ?? 0;
}

const send = (response: ServerResponse, page: Page) => response.writeHead(200, headersOf(page)).end(documentOf(page));

/** The subject of our access token in this header. */
function subjectIn(authorization = ''): string {
  const [, payload = ''] = authorization.split('.');
  const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString() || '{}') as { readonly sub?: string };
  return sub ?? '';
}
