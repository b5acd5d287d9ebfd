import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import passport from 'passport';
import OAuth2Strategy from 'passport-oauth2';
import OpenIDConnectStrategy from 'passport-openidconnect';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sharedAuthWorld } from '../auth.fixture.ts';
import { type Application, type OAuthWorld, openOAuthWorld, type Person, walk } from '../oauth.fixture.ts';

/** The session of a browser at the site, in which the strategies keep the state. */
interface Session {
  verifier?: string;
}

/** A request of Express, with its session. */
type PassportRequest = Parameters<OpenIDConnectStrategy['authenticate']>[0] & { readonly session: Session };

interface User {
  readonly id: string;
  readonly displayName: string;
  readonly accessToken: string;
}

type Done = (error: unknown, user?: User) => void;

const endpoints = () => ({
  issuer: `${running.issuer}/oidc`,
  authorizationURL: `${running.issuer}/oidc/auth`,
  tokenURL: `${running.issuer}/oidc/token`,
  userInfoURL: `${running.issuer}/oidc/me`,
});
const optionsOf = ({ id, secret = '', callback }: Application) => ({ clientID: id, clientSecret: secret, callbackURL: callback });

/** passport-oauth2, which knows no userinfo endpoint: the application reads it. */
class WithOAuth2 extends OAuth2Strategy {
  constructor(application: Application) {
    const verify = (accessToken: string, _refresh: string, profile: { sub: string; name: string }, done: Done) => {
      done(null, { id: profile.sub, displayName: profile.name, accessToken });
    };
    super({ ...endpoints(), ...optionsOf(application), scope: ['openid', 'profile'], state: true, pkce: true }, verify);
  }

  override userProfile(accessToken: string, done: (error?: unknown, profile?: unknown) => void): void {
    const headers = { authorization: `Bearer ${accessToken}` };
    void fetch(endpoints().userInfoURL, { headers })
      .then((response) => response.json())
      .then((profile) => done(null, profile), done);
  }
}

/** passport-openidconnect as it is. It has no PKCE. */
class WithoutPkce extends OpenIDConnectStrategy {
  constructor(application: Application) {
    const verify = (
      _issuer: string,
      { id, displayName }: { id: string; displayName: string },
      _context: object,
      _idToken: string,
      accessToken: string,
      _refresh: string,
      done: Done,
    ) => {
      done(null, { id, displayName, accessToken });
    };
    super({ ...endpoints(), ...optionsOf(application), scope: 'profile', nonce: 'yes', skipUserProfile: false }, verify as never);
  }
}

/** The same, with PKCE. passport creates an object from a named strategy for each request, so a request can have a property of its own. */
class WithOpenIdConnect extends WithoutPkce {
  override authenticate(request: PassportRequest): void {
    if (request.query['code'] === undefined) request.session.verifier = randomBytes(32).toString('base64url');
    const { verifier = '' } = request.session;
    const { _oauth2: client } = this;
    this._oauth2 = Object.assign(Object.create(client) as typeof client, {
      getOAuthAccessToken: (code: string, parameters: object, done: never) => {
        client.getOAuthAccessToken(code, { ...parameters, code_verifier: verifier }, done);
      },
    });
    super.authenticate(request, { verifier } as object);
  }

  override authorizationParams({ verifier }: { verifier: string }): object {
    return { code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' };
  }
}

/** A small web application. */
class Site {
  readonly #passport = new passport.Passport();
  readonly #sessions = new Map<string, Session>();

  private constructor(
    readonly server: Server,
    readonly url: string,
  ) {}

  static async start(strategyOf: (application: Application) => passport.Strategy): Promise<Site> {
    const server = createServer((request, response) => {
      site.#answer(request, response);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const site = new Site(server, `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
    site.#passport.use('ours', strategyOf(await running.application({ redirectUris: [`${site.url}/callback`] })));
    return site;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const id = request.headers.cookie?.replace('session=', '') ?? randomUUID();
    const session = this.#sessions.get(id) ?? {};
    this.#sessions.set(id, session);
    response.setHeader('set-cookie', `session=${id}; HttpOnly`);
    const query = Object.fromEntries(new URL(request.url ?? '', this.url).searchParams);
    const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
    const done = (error: Error | null, user: User | false, info?: object, status = 401) =>
      error ? answer(502, { error: error.message }) : user ? answer(200, user) : answer(status, info ?? {});
    const middleware = this.#passport.authenticate('ours', { session: false }, done as never) as (...args: unknown[]) => void;
    middleware(Object.assign(request, { query, session }), response, (error: Error) => answer(500, { error: error.message }));
  }

  /** Opens the site with the cookies of a browser. */
  open(url: string | URL, cookie = ''): Promise<Response> {
    return fetch(new URL(url, this.url), { redirect: 'manual', headers: cookie === '' ? {} : { cookie } });
  }

  /** A browser that begins to log in: the authorization URL and its cookie. */
  async begin(): Promise<{ readonly url: URL; readonly cookie: string }> {
    const { headers } = await this.open('/log-in');
    return { url: new URL(headers.get('location') ?? ''), cookie: headers.getSetCookie()[0]?.split(';')[0] ?? '' };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}

let running: OAuthWorld;

beforeAll(async () => {
  running = await openOAuthWorld(await sharedAuthWorld());
});
afterAll(() => running.end());

/** Logs in on our pages, up to the redirect URI. */
const callbackFor = async (url: URL, person: Person) => (await walk(running.browser(), url, person)).url;

describe.each<[string, (application: Application) => passport.Strategy]>([
  ['passport-oauth2', (application) => new WithOAuth2(application)],
  ['passport-openidconnect, with PKCE added', (application) => new WithOpenIdConnect(application)],
])('a site with %s', (_name, strategyOf) => {
  it('sends PKCE by S256, logs in, and reads the profile', async () => {
    await using site = await Site.start(strategyOf);
    const person = await running.person();
    const { url, cookie } = await site.begin();
    expect(url.searchParams.get('code_challenge_method')).toBe('S256');
    const response = await site.open(await callbackFor(url, person), cookie);
    expect(response.status).toBe(200);
    const user = (await response.json()) as User;
    expect(user).toMatchObject({ displayName: person.displayName, accessToken: expect.stringMatching(/^[\w-]{43}$/) });
    const headers = { authorization: `Bearer ${user.accessToken}` };
    expect(await (await fetch(endpoints().userInfoURL, { headers })).json()).toEqual({ sub: user.id, name: person.displayName });
  });

  it('refuses an answer with another state, and one to another browser', async () => {
    await using site = await Site.start(strategyOf);
    const { url, cookie } = await site.begin();
    const callback = await callbackFor(url, await running.person());
    const other = await site.begin();
    expect((await site.open(callback, other.cookie)).status).toBe(403);
    callback.searchParams.set('state', 'another');
    expect((await site.open(callback, cookie)).status).toBe(403);
  });

  it('gets no token for a code of another browser: the verifier does not fit', async () => {
    await using site = await Site.start(strategyOf);
    const [mine, eves] = [await site.begin(), await site.begin()];
    const callback = await callbackFor(mine.url, await running.person());
    callback.searchParams.set('state', eves.url.searchParams.get('state') ?? '');
    const response = await site.open(callback, eves.cookie);
    expect({ status: response.status, body: await response.json() }).toEqual({ status: 502, body: { error: 'grant request is invalid' } });
  });
});

it('passport-openidconnect as it is, without PKCE, is refused with the reason', async () => {
  await using site = await Site.start((application) => new WithoutPkce(application));
  const { url, cookie } = await site.begin();
  expect(url.searchParams.has('code_challenge')).toBe(false);
  const { url: callback } = await running.browser().open(url);
  const response = await site.open(callback, cookie);
  expect(response.status).toBe(502);
  expect(await response.json()).toEqual({ error: expect.stringContaining('PKCE') });
});
