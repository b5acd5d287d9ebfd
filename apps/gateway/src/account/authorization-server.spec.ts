import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { PEOPLE, type Person, Provider } from '@reputable/provider';
import { denied, eventually, type TestService } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import { OidcClient } from '../browser-session/oidc-client.ts';
import type { BrowserSessionOptions } from '../browser-session/options.ts';
import { type AccountWorld, ORIGIN, PageBrowser, sharedAccountWorld, type Shown } from './account.fixture.ts';

let running: AccountWorld;
let realm: Provider;
/** A gateway whose browsers log in at the realm. */
let gateway: TestService;
/** Without the distortions of a test. */
let upright: Pick<Provider, 'distort' | 'distortAccessToken' | 'hasKeys' | 'isUp' | 'lifetimeS' | 'refreshTokens'>;

beforeAll(async () => {
  Logger.overrideLogger(false);
  running = await sharedAccountWorld();
  ({ realm } = running);
  const { distort, distortAccessToken, hasKeys, isUp, lifetimeS, refreshTokens } = realm;
  upright = { distort, distortAccessToken, hasKeys, isUp, lifetimeS, refreshTokens };
  gateway = await running.world.start('gateway', {
    ...running.gateway.settings,
    ISSUER_TOKENS: 'true',
    AUTHORIZATION_SERVER: realm.issuer,
    AUTHORIZATION_SERVER_CLIENT_SECRET: 'the realm accepts any',
  });
});
afterEach(() => {
  Object.assign(realm, upright);
});

const aPerson = (): Person => ({ subject: randomUUID(), name: 'Ada', email: 'ada@realm.example', emailVerified: true });
const aBrowser = ({ ports } = gateway) => new PageBrowser(`http://127.0.0.1:${String(ports.http)}`);

/** The path of the callback with the answer of the realm, after a log-in there. */
async function answerFor(browser: PageBrowser, person: Person): Promise<string> {
  const { headers } = await browser.send('/auth/login?returnTo=/account');
  const { pathname, search } = await realm.authorize(headers.get('location') ?? '', person);
  return pathname + search;
}

/** Logs in. Returns the last page. */
const logIn = async (browser: PageBrowser, person = aPerson()): Promise<Shown> => browser.open(await answerFor(browser, person));

/** A browser in which a person is logged in. */
async function loggedIn(person = aPerson()): Promise<PageBrowser> {
  const browser = aBrowser();
  expect((await logIn(browser, person)).title).toBe('You are logged in');
  return browser;
}

interface Answer {
  readonly data: Record<string, Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly reason: string; readonly metadata: object } }[];
}
const ask = async (browser: PageBrowser, text: string) => (await (await browser.query(text)).json()) as Answer;
const reasonOf = async (browser: PageBrowser, text = '{ me { id } }') => (await ask(browser, text)).errors?.[0]?.extensions.reason;

/** The answer to a client with a bearer token. */
async function askWith(token: string, { origin } = aBrowser()): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return (await (await fetch(`${origin}/graphql`, { method: 'POST', headers, body: '{"query":"{ me { id } }"}' })).json()) as Answer;
}

describe('a log-in at another authorization server (P24)', () => {
  it('has code, PKCE, state and nonce, and the scopes and parameters of the settings', async () => {
    const { headers } = await aBrowser().send('/auth/login');
    const url = new URL(headers.get('location') ?? '');
    expect(url.origin + url.pathname).toBe(`${realm.issuer}/log-in`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'gateway',
      response_type: 'code',
      redirect_uri: `${ORIGIN}/auth/callback`,
      scope: 'openid',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      state: expect.any(String),
      nonce: expect.any(String),
    });
    const further = aClient({ scope: 'openid offline_access', audience: 'https://api.example', resource: 'https://api.example/graphql' });
    const parameters = (await further.authorizationUrl({ state: 's', nonce: 'n', verifier: 'v'.repeat(43) })).searchParams;
    expect(Object.fromEntries(parameters)).toMatchObject({
      scope: 'openid offline_access',
      audience: 'https://api.example',
      resource: 'https://api.example/graphql',
    });
  });

  it('gives a new person a profile, and no token to the browser', async () => {
    const [browser, person] = [aBrowser(), aPerson()];
    const tokens: unknown[] = [];
    realm.distortAccessToken = (claims) => tokens.push(claims['jti']);
    const page = await logIn(browser, person);
    expect(page.text + [...browser.cookies.values()].join()).not.toMatch(/eyJ\w+\.\w+\.\w+/);
    const { data } = await ask(browser, '{ me { id displayName reputation } }');
    expect(data?.['me']).toEqual({ id: expect.any(String), displayName: expect.stringMatching(/^User \w{6}$/), reputation: 1 });
    expect(tokens).toHaveLength(1);
    const again = await loggedIn(person);
    expect((await ask(again, '{ me { id } }')).data?.['me']).toEqual({ id: data?.['me']?.['id'] });
  });

  it('gives its user the roles of the server, by the settings of auth', async () => {
    const [admin, , member] = PEOPLE;
    const [asAdmin, asMember] = [await loggedIn(admin), await loggedIn(member)];
    const { data } = await ask(asMember, '{ me { id } }');
    const grant = `mutation { grantRole(userId: "${String(data?.['me']?.['id'])}", role: MODERATOR) { roles } }`;
    expect(await reasonOf(asMember, grant)).toBe('ROLE_MISSING');
    expect(await ask(asAdmin, grant)).toEqual({ data: { grantRole: { roles: ['MODERATOR'] } } });
  });

  it.each<[string, Partial<Provider>]>([
    ['for another audience', { distortAccessToken: (claims) => Object.assign(claims, { aud: 'shop' }) }],
    ['of a client without rights', { distortAccessToken: (claims) => Object.assign(claims, { azp: 'tool' }) }],
    ['of another client with all rights', { distortAccessToken: (claims) => Object.assign(claims, { azp: 'web' }) }],
    ['of another issuer', { distortAccessToken: (claims) => Object.assign(claims, { iss: 'https://evil.example' }) }],
    ['that is an ID token', { distortAccessToken: (claims) => Object.assign(claims, { typ: 'ID' }) }],
  ])('ends with a page about the settings, and without a session, if the access token is one %s', async (_name, distortion) => {
    Object.assign(realm, distortion);
    const browser = aBrowser();
    const { status, title, text } = await logIn(browser);
    expect([status, title]).toEqual([400, 'You cannot log in right now']);
    expect(text).toContain(`The access tokens of ${realm.issuer} are not accepted here.`);
    expect(browser.cookies.has('__Host-session')).toBe(false);
  });

  it.each<[string, Partial<Provider>]>([
    ['for another client', { distort: (claims) => Object.assign(claims, { aud: 'web' }) }],
    ['of another log-in', { distort: (claims) => Object.assign(claims, { nonce: 'other' }) }],
    ['of another issuer', { distort: (claims) => Object.assign(claims, { iss: 'https://evil.example' }) }],
  ])('is refused if the ID token is one %s', async (_name, distortion) => {
    Object.assign(realm, distortion);
    const browser = aBrowser();
    expect([(await logIn(browser)).status, browser.cookies.has('__Host-session')]).toEqual([400, false]);
  });

  it('works at once with the next key of the server', async () => {
    const other = await Provider.start({ realm: { name: 'other', audience: 'reputable' } });
    try {
      const client = aClient({ issuer: other.issuer });
      const redeem = async () => {
        const checks = { state: 's', nonce: 'n', verifier: 'v'.repeat(43) };
        const { pathname, search } = await other.authorize(await client.authorizationUrl(checks), aPerson());
        return client.redeem(pathname + search, checks);
      };
      await redeem();
      await other.rotateKeys();
      expect(await redeem()).toMatchObject({ accessToken: expect.any(String) });
    } finally {
      await other.stop();
    }
  });

  it('names the server while it is down', async () => {
    const browser = aBrowser();
    const answer = await answerFor(browser, aPerson());
    realm.isUp = false;
    const { status, text } = await browser.open(answer);
    expect([status, text.includes(`${realm.issuer} cannot log you in right now.`)]).toEqual([503, true]);
    await expect(aClient().discovered()).rejects.toMatchObject(denied('AUTHORIZATION_SERVER_UNAVAILABLE'));
  });

  it('is refused if the metadata names another issuer, whatever openid-client accepts', async () => {
    for (const issuer of [realm.issuer.replace('localhost', '127.0.0.1'), `${realm.issuer}/.well-known/openid-configuration`]) {
      await expect(aClient({ issuer }).discovered()).rejects.toMatchObject(denied('AUTHORIZATION_SERVER_UNAVAILABLE'));
    }
  });
});

/** A client of the realm in this process. */
function aClient(changes: Partial<BrowserSessionOptions> = {}): OidcClient {
  const { issuer = realm.issuer } = changes;
  const client = { isForeign: true, clientId: 'gateway', clientSecret: 'any', scope: 'openid' };
  return new OidcClient({ origin: ORIGIN, issuer, backChannel: issuer, ...client, encryptionKey: new Uint8Array(32), ...changes });
}

describe('its session', () => {
  it('gets new access tokens, whether the server replaces the refresh token or keeps it', async () => {
    for (const refreshTokens of ['each time', 'once'] as const) {
      Object.assign(realm, { refreshTokens, lifetimeS: 3 });
      let issued = 0;
      realm.distortAccessToken = () => (issued += 1);
      const browser = await loggedIn();
      await eventually(async () => {
        expect(await reasonOf(browser)).toBeUndefined();
        expect(issued).toBeGreaterThanOrEqual(3);
      });
    }
  });

  it('loses no refresh token while the keys of the server cannot be fetched', async () => {
    const [client, checks] = [aClient(), { state: 's', nonce: 'n', verifier: 'v'.repeat(43) }];
    const { pathname, search } = await realm.authorize(await client.authorizationUrl(checks), aPerson());
    const { refreshToken = '' } = await client.redeem(pathname + search, checks);
    realm.hasKeys = false;
    expect((await client.refresh(refreshToken)).refreshToken).not.toBe(refreshToken);
  });

  it('ends with the access token without a refresh token', async () => {
    Object.assign(realm, { refreshTokens: 'none', lifetimeS: 8 });
    const browser = await loggedIn();
    expect(await reasonOf(browser)).toBeUndefined();
    await eventually(async () => {
      expect(await reasonOf(browser)).toBe('BROWSER_SESSION_ENDED');
    });
    expect(browser.cookies.has('__Host-session')).toBe(false);
  });

  it('ends here, and leads to the log-out there', async () => {
    const browser = await loggedIn();
    const thief = aBrowser();
    thief.cookies.set('__Host-session', browser.cookies.get('__Host-session') ?? '');
    const response = await browser.ask('/auth/logout', { method: 'POST' });
    const { provider } = (await response.json()) as { provider: { label: string; logOutUrl: string } };
    expect(provider.label).toBe(new URL(realm.issuer).host);
    const url = new URL(provider.logOutUrl);
    expect(url.origin + url.pathname).toBe(`${realm.issuer}/log-out`);
    expect(Object.fromEntries(url.searchParams)).toEqual({ client_id: 'gateway', post_logout_redirect_uri: `${ORIGIN}/auth/logged-out` });
    expect((await browser.open('/auth/logged-out')).title).toBe('You are logged out');
    expect(await (await browser.ask('/auth/session')).json()).toEqual({ loggedIn: false });
    expect(await reasonOf(thief)).toBe('BROWSER_SESSION_ENDED');
  });

  it('ends by the button of the account page, also while the server is down', async () => {
    realm.lifetimeS = 5;
    const browser = await loggedIn();
    realm.isUp = false;
    await eventually(async () => {
      expect(await reasonOf(browser)).toBe('AUTHORIZATION_SERVER_UNAVAILABLE');
    });
    const { title, text } = await browser.submit('/account/log-out');
    expect([title, browser.cookies.has('__Host-session')]).toEqual(['You are logged out', false]);
    expect(text).toContain(`url=${realm.issuer}/log-out?`);
  });

  it('ends, with its token, by a log-out at the server', async () => {
    const person = aPerson();
    const browser = await loggedIn(person);
    const sid = realm.sessionsOf(person.subject)[0]?.sid ?? '';
    realm.distortAccessToken = (claims) => Object.assign(claims, { sid });
    const token = await realm.accessToken(person, 'gateway');
    const reasonOfToken = async () => (await askWith(token)).errors?.[0]?.extensions.reason;
    expect([await reasonOf(browser), await reasonOfToken()]).toEqual([undefined, undefined]);
    // As the browser does on the page of the server.
    await fetch(`${realm.issuer}/log-out`, { method: 'POST', headers: { cookie: `provider_session=${sid}` } });
    await eventually(async () => {
      expect([await reasonOf(browser), await reasonOfToken()]).toEqual(['BROWSER_SESSION_ENDED', 'TOKEN_REVOKED']);
    });
  });

  it('ends when the user ends it in the list, and the log-in leads to the log-out there', async () => {
    const [person, sid] = [aPerson(), randomUUID()];
    let issued = 0;
    realm.distortAccessToken = (claims) => Object.assign(claims, { sid, jti: (issued += 1) });
    const browser = await loggedIn(person);
    const { data } = await ask(browser, '{ sessions { nodes { id } } }');
    const [session] = data?.['sessions']?.['nodes'] as { id: string }[];
    await ask(browser, `mutation { endSession(id: "${session?.id ?? ''}") }`);
    await eventually(async () => {
      expect(await reasonOf(browser)).toBe('BROWSER_SESSION_ENDED');
    });
    // One refresh at most, not one for each request.
    expect(issued).toBe(2);
    expect(browser.cookies.has('__Host-session')).toBe(false);
    const { status, text } = await logIn(browser, person);
    expect([status, browser.cookies.has('__Host-session')]).toEqual([401, false]);
    expect(text).toContain(`You have ended this session of ${realm.issuer}. Log out there, then log in again.`);
    expect(text).toContain(`<a href="${realm.issuer}/log-out?`);
  });

  it('is not opened by a gateway whose browsers log in elsewhere, so no token goes to another server', async () => {
    const { cookies } = await loggedIn();
    const elsewhere = running.browser();
    elsewhere.cookies.set('__Host-session', cookies.get('__Host-session') ?? '');
    expect(await reasonOf(elsewhere)).toBe('BROWSER_SESSION_ENDED');
    const own = await running.member();
    const there = aBrowser();
    there.cookies.set('__Host-session', own.browser.cookies.get('__Host-session') ?? '');
    expect(await reasonOf(there)).toBe('BROWSER_SESSION_ENDED');
  });
});

describe('with another authorization server', () => {
  it.each([
    'register(input: { email: "a@example.com", password: "correct horse battery", displayName: "Ada" }) { email }',
    'confirmRegistration(token: "x", password: "x") { accessToken }',
    'logIn(input: { email: "a@example.com", password: "correct horse battery" }) { accessToken }',
    'requestPasswordReset(email: "a@example.com")',
    'changePassword(input: { currentPassword: "x", newPassword: "correct horse battery" })',
    'requestEmailVerification',
    'requestEmailChange(input: { newEmail: "a@example.com", currentPassword: "x" })',
    'deleteAccount(currentPassword: "x")',
  ])('the mutation %s is refused, and says where to log in', async (mutation) => {
    const { errors } = await ask(aBrowser(), `mutation { ${mutation} }`);
    const logInUrl = `${ORIGIN}/auth/login`;
    expect(errors).toMatchObject([
      {
        message: `E-mail addresses and passwords are managed at ${realm.issuer}. Log in at ${logInUrl}.`,
        extensions: { reason: 'LOCAL_ACCOUNTS_DISABLED', metadata: { authorizationServer: realm.issuer, logIn: logInUrl } },
      },
    ]);
  });

  it('the account has no pages for e-mail address, password, export and deletion, and the others', async () => {
    const browser = await loggedIn();
    const { text } = await browser.open('/account');
    for (const page of ['email', 'password', 'export', 'delete']) {
      expect(text).not.toContain(`/account/${page}`);
      const shown = await browser.open(`/account/${page}`);
      expect([shown.status, shown.text.includes(`managed at ${realm.issuer}`)]).toEqual([400, true]);
    }
    for (const page of ['sessions', 'tokens', 'applications', 'log-ins']) expect((await browser.open(`/account/${page}`)).status).toBe(200);
  });
});

describe('an opaque token of another issuer (P24)', () => {
  it('is one of a user, once the issuer has stated its claims to auth', async () => {
    const [token, other] = [running.opaque.issue(), running.opaque.issue()];
    const { data } = await askWith(token);
    expect(data).toEqual({ me: { id: expect.any(String) } });
    expect((await askWith(other)).data).not.toEqual(data);
    expect(running.opaque.asked).toEqual([token, other]);
    expect((await askWith(`${token}x`)).errors?.[0]?.extensions.reason).toBe('TOKEN_INVALID');
  });

  it('is refused by a gateway without ISSUER_TOKENS, which shows it to nobody', async () => {
    const token = running.opaque.issue();
    expect((await askWith(token, running.browser())).errors?.[0]?.extensions.reason).toBe('TOKEN_INVALID');
    expect(running.opaque.asked).not.toContain(token);
  });
});
