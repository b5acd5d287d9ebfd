import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { query, type TestService, TestWorld } from '@reputable/testing';
import { Browser } from '../testing/browser.ts';
import { StandInServer } from '../testing/stand-in-server.ts';

const NOWHERE = 'localhost:1';
const ORIGIN = 'http://localhost:3000';
const JSON_TYPE = { 'content-type': 'application/json' };
const ME = JSON.stringify({ query: '{ me { id } }' });

let world: TestWorld;
let auth: TestService;
let server: StandInServer;
let gateway: TestService;

beforeAll(async () => {
  world = await TestWorld.create();
  auth = await world.start('auth', { USER_URL: NOWHERE });
  server = await StandInServer.start(`${world.issuer.url}/oidc`);
  gateway = await startGateway({ AUTHORIZATION_SERVER_URL: server.url });
});
afterAll(async () => {
  server.stop();
  await world.end();
});

const startGateway = (env: Record<string, string>) =>
  world.start('gateway', {
    AUTH_URL: `localhost:${String(auth.ports.grpc)}`,
    USER_URL: NOWHERE,
    POST_URL: NOWHERE,
    COMMENT_URL: NOWHERE,
    PUBLIC_URL: ORIGIN,
    ...env,
  });

const aBrowser = () => new Browser(`http://127.0.0.1:${String(gateway.ports.http)}`);
const reasonIn = async (response: Response) =>
  ((await response.json()) as { errors: { extensions: { reason: string } }[] }).errors[0]?.extensions.reason;
const sessionsKept = async () => (await query(auth.databaseUrl, 'SELECT FROM browser_session')).length;

/** The callback URL to which the authorization server redirects a browser for this authorization request. */
function answerTo(location: string): string {
  const { searchParams } = new URL(location);
  const answer = { code: searchParams.get('nonce') ?? '', state: searchParams.get('state') ?? '', iss: server.issuer };
  return `/auth/callback?${new URLSearchParams(answer).toString()}`;
}

/** Begins a log-in and returns its callback URL. */
async function begin(browser: Browser, query = ''): Promise<string> {
  return answerTo((await browser.send(`/auth/login${query}`)).headers.get('location') ?? '');
}

/** Logs in and returns the last page. */
const logIn = async (browser: Browser, query = '') => browser.send(await begin(browser, query));

describe('logging in with a browser (P17, P18)', () => {
  it('begins at the authorization server with code, PKCE and a sealed cookie', async () => {
    const response = await aBrowser().send('/auth/login?returnTo=/posts');
    expect(response.status).toBe(303);
    const url = new URL(response.headers.get('location') ?? '');
    expect(`${url.origin}${url.pathname}`).toBe(`${world.issuer.url}/oidc/auth`);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: `${ORIGIN}/auth/callback`,
    });
    const [cookie = ''] = response.headers.getSetCookie();
    expect(cookie).toMatch(/^__Host-login-[\w-]{16}=[\w.-]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    for (const name of ['state', 'nonce']) expect(cookie).not.toContain(url.searchParams.get(name));
  });

  it('asks users who are logged in to log in again, if the page wants that', async () => {
    const promptOf = async (query: string) => {
      const { headers } = await aBrowser().send(`/auth/login${query}`);
      return new URL(headers.get('location') ?? '').searchParams.get('prompt');
    };
    expect([await promptOf('?again=yes'), await promptOf(''), await promptOf('?again=no')]).toEqual(['login', null, null]);
  });

  it('ends with a page, a SameSite=Strict cookie and no token in the browser (A20)', async () => {
    const response = await logIn(aBrowser(), '?returnTo=/posts?tab=votes');
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-login-[\w-]{16}=; Max-Age=0; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
      expect.stringMatching(/^__Host-session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
    ]);
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^;]*'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'$/,
    );
    expect(response.headers.get('cache-control')).toBe('no-store');
    const page = await response.text();
    expect(page).toContain('<meta http-equiv="refresh" content="0; url=/posts?tab=votes" />');
    expect(page).not.toMatch(/<script/i);
    for (const token of server.issued) {
      expect(page + [...response.headers].flat().join('\n')).not.toContain(token);
      expect(gateway.log()).not.toContain(token);
    }
  });

  it.each(['//elsewhere.example', 'https://elsewhere.example/', '/\\elsewhere.example', '/%09/elsewhere.example'])(
    'leads nowhere else: %s (A18)',
    async (returnTo) => {
      const page = await (await logIn(aBrowser(), `?returnTo=${returnTo}`)).text();
      expect(page).toMatch(/content="0; url=\/(%09\/elsewhere.example)?"/);
    },
  );

  it('creates a new session each time and ends the former one (A18)', async () => {
    const browser = aBrowser();
    await logIn(browser);
    const first = browser.cookies.get('__Host-session');
    const before = await sessionsKept();
    await logIn(browser);
    expect(browser.cookies.get('__Host-session')).not.toBe(first);
    expect(await sessionsKept()).toBe(before);
  });

  it('ends in each of several tabs, whatever happens in the others', async () => {
    const browser = aBrowser();
    const [first, second, third] = [await begin(browser), await begin(browser), await begin(browser)];
    const cancelled = first.replace(/code=[^&]*/, 'error=access_denied');
    const statuses = [await browser.send(cancelled), await browser.send(third), await browser.send(second)].map(({ status }) => status);
    expect(statuses).toEqual([400, 200, 200]);
    expect([...browser.cookies.keys()]).toEqual(['__Host-session']);
  });

  it('can be started eight times at once: a further one displaces the oldest', async () => {
    const browser = aBrowser();
    const answers: string[] = [];
    for (let count = 0; count < 10; count += 1) answers.push(await begin(browser));
    expect(browser.cookies.size).toBe(8);
    expect((await browser.send(answers[1] ?? '')).status).toBe(400);
    expect((await browser.send(answers[2] ?? '')).status).toBe(200);
  });

  it('refuses a session chosen by an attacker (A18)', async () => {
    const browser = aBrowser();
    const planted = 'A'.repeat(43);
    browser.cookies.set('__Host-session', planted);
    await logIn(browser);
    expect(browser.cookies.get('__Host-session')).toMatch(/^[\w-]{43}$/);
    expect(browser.cookies.get('__Host-session')).not.toBe(planted);
  });

  it.each<[string, (browser: Browser) => Promise<string> | string]>([
    ['without having begun it', () => '/auth/callback?code=x&state=y'],
    [
      'without its cookie',
      async (browser) => {
        const answer = await begin(browser);
        browser.cookies.clear();
        return answer;
      },
    ],
    [
      'with a cookie that was changed',
      async (browser) => {
        const answer = await begin(browser);
        for (const [name, value] of browser.cookies) browser.cookies.set(name, `${value}A`);
        return answer;
      },
    ],
    ["with somebody else's answer", async (browser) => (await begin(browser)) && begin(aBrowser())],
    [
      'twice',
      async (browser) => {
        const answer = await begin(browser);
        await browser.send(answer);
        return answer;
      },
    ],
    ['that was cancelled', async (browser) => (await begin(browser)).replace(/code=[^&]*/, 'error=access_denied')],
  ])('does not end %s: the page shows instructions', async (_what, prepare) => {
    const browser = aBrowser();
    const answer = await prepare(browser);
    const before = await sessionsKept();
    const response = await browser.send(answer);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await response.text()).toContain(`<a href="${ORIGIN}/auth/login">Log in</a>`);
    expect(response.headers.getSetCookie().join()).not.toContain('__Host-session');
    expect(await sessionsKept()).toBe(before);
  });

  it('names the cause in a browser that refuses secure cookies on http://localhost, as Safari does', async () => {
    const safari = new Browser(`http://127.0.0.1:${String(gateway.ports.http)}`, true);
    const response = await logIn(safari);
    expect(response.status).toBe(400);
    const text = await response.text();
    expect(text).toContain('Your browser did not send the cookie of this log-in.');
    expect(text).toContain(`it refuses secure cookies on ${ORIGIN}, as Safari does`);
    expect(text).toContain('npm start -- --tls');
    expect(safari.cookies.size).toBe(0);
  });

  it('shows an error page while the authorization server is down', async () => {
    const early = await startGateway({ AUTHORIZATION_SERVER_URL: 'http://localhost:9' });
    const response = await fetch(`http://127.0.0.1:${String(early.ports.http)}/auth/login`, { redirect: 'manual' });
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('The auth service cannot be reached. Try again.');
  });
});

describe('a request with the cookie', () => {
  const post = (path: string, headers: Record<string, string>, body?: string) => {
    const browser = aBrowser();
    browser.cookies.set('__Host-session', 'A'.repeat(43));
    return browser.send(path, { method: 'POST', headers, ...(body !== undefined && { body }) });
  };
  const OURS = { 'x-reputable-csrf': '1' };

  it.each<[string, Record<string, string>]>([
    ['without our header', JSON_TYPE],
    ['from another origin', { ...JSON_TYPE, ...OURS, origin: 'https://elsewhere.example' }],
    ['from another site', { ...JSON_TYPE, ...OURS, 'sec-fetch-site': 'cross-site' }],
  ])('is refused %s, before the session is read (A18)', async (_what, headers) => {
    for (const path of ['/graphql', '/auth/logout']) {
      const response = await post(path, headers, ME);
      expect(response.status).toBe(403);
      expect(await reasonIn(response)).toBe('CROSS_SITE_REQUEST');
    }
  });

  it('is refused as text or as a form, which a page of another origin could send (A18)', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const logOut = await post('/auth/logout', { ...OURS, 'content-type': type }, 'x=y');
      expect([logOut.status, await reasonIn(logOut)]).toEqual([403, 'CROSS_SITE_REQUEST']);
      expect((await post('/graphql', { ...OURS, 'content-type': type }, ME)).status).toBe(400);
    }
  });

  it('is refused together with a bearer token', async () => {
    const response = await post('/graphql', { ...JSON_TYPE, ...OURS, authorization: `Bearer ${'A'.repeat(43)}` }, ME);
    expect([response.status, await reasonIn(response)]).toEqual([400, 'CREDENTIALS_AMBIGUOUS']);
  });

  it('is refused without a session, and the response deletes the cookie', async () => {
    const response = await post('/graphql', { ...JSON_TYPE, ...OURS }, ME);
    expect([response.status, await reasonIn(response)]).toEqual([401, 'BROWSER_SESSION_ENDED']);
    expect(response.headers.getSetCookie()).toEqual(['__Host-session=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict']);
  });
});

describe('GET /auth/session', () => {
  it('answers false without a cookie, and with the cookie of an ended session', async () => {
    const browser = aBrowser();
    expect(await (await browser.ask('/auth/session')).json()).toEqual({ loggedIn: false });
    browser.cookies.set('__Host-session', 'A'.repeat(43));
    expect(await (await browser.ask('/auth/session')).json()).toEqual({ loggedIn: false });
    expect(browser.cookies.has('__Host-session')).toBe(false);
  });
});

it('log-out needs the CSRF header, but no session', async () => {
  expect((await aBrowser().send('/auth/logout', { method: 'POST' })).status).toBe(403);
  const response = await aBrowser().ask('/auth/logout', { method: 'POST' });
  expect(response.status).toBe(204);
  expect((await aBrowser().send('/auth/logout')).status).toBe(404);
});

it.each([
  ['PUBLIC_URL', 'http://reputable.example', 'must be https, unless it is on this machine'],
  ['PUBLIC_URL', 'https://reputable.example/app', 'must be an origin, as in https://example.com'],
  ['AUTHORIZATION_SERVER_URL', 'http://auth.internal/oidc', 'must be https'],
  ['AUTHORIZATION_SERVER_CLIENT_SECRET', 'secret', 'is set without AUTHORIZATION_SERVER'],
  ['SESSION_ENCRYPTION_KEY', 'c2hvcnQ=', 'must be 32 bytes'],
  ['OIDC_CLIENT_SECRET', '', 'is empty'],
])('does not start if %s is %j', async (name, value, says) => {
  await expect(startGateway({ [name]: value })).rejects.toThrow(`gateway does not start: ${name} ${says}`);
});
