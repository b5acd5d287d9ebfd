import { beforeAll, describe, expect, it } from '@jest/globals';
import { type AccountWorld, type Member, ORIGIN, sharedAccountWorld } from './account.fixture.ts';

let running: AccountWorld;
let ada: Member;

beforeAll(async () => {
  running = await sharedAccountWorld();
  ada = await running.member();
});

/** The pages. */
const PAGES = ['', '/sessions', '/tokens', '/applications', '/log-ins', '/email', '/password', '/export', '/delete'].map(
  (path) => `/account${path}`,
);

const UNKNOWN = '0193e4a1-0000-7000-8000-000000000001';

/** All forms, with fields of their page. */
const FIELDS: Readonly<Record<string, Record<string, string>>> = {
  '/account/log-out': {},
  '/account/sessions/end': { id: UNKNOWN },
  '/account/sessions/end-others': {},
  '/account/tokens': { name: '', expires_in_days: '1' },
  '/account/tokens/revoke': { id: UNKNOWN },
  '/account/applications/disallow': { id: UNKNOWN },
  '/account/log-ins/unlink': { id: UNKNOWN },
  '/account/email': { new_email: '', current_password: '' },
  '/account/email/verify': {},
  '/account/export': { current_password: 'x' },
  '/account/delete': { current_password: 'x' },
  '/account/password': { current_password: 'x', new_password: 'x', again: 'y' },
};
const FORMS = Object.keys(FIELDS);

describe.each(PAGES)('the page %s', (path) => {
  it('allows no script, no framing and no caching, and forms to us only', async () => {
    const { status, headers, text } = await ada.browser.open(path);
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')?.replace(/'sha256-[^']+'/, 'HASH')).toBe(
      "default-src 'none'; style-src HASH; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
    expect(text).not.toMatch(/<script|javascript:| on\w+=| style=/);
    expect(text).not.toContain('<Lovelace>');
  });

  it('leads to the log-in without a cookie, and back', async () => {
    const { status, headers } = await running.browser().open(`${path}?after=x`);
    expect([status, headers.get('location')]).toEqual([303, `/auth/login?returnTo=${encodeURIComponent(`${path}?after=x`)}`]);
  });

  it('opens again if a link of another site opens it, because the browser then sends no cookie', async () => {
    const { status, headers, text } = await running.browser().open(`${path}?after="x`, { 'sec-fetch-site': 'cross-site' });
    expect([status, headers.getSetCookie()]).toEqual([200, []]);
    expect(text).toContain(`<meta http-equiv="refresh" content="0; url=${path}?after=%22x" />`);
    expect((await ada.browser.open(path, { 'sec-fetch-site': 'cross-site' })).text).not.toContain('http-equiv="refresh"');
  });

  it('leads to the log-in after the end of the session elsewhere, and deletes the cookie', async () => {
    const { browser, auth } = await running.member();
    await auth.logOut({});
    expect((await browser.open(path)).headers.get('location')).toBe(`/auth/login?returnTo=${encodeURIComponent(path)}`);
    expect(browser.cookies.has('__Host-session')).toBe(false);
  });

  it('is not for bearer tokens', async () => {
    const headers = { authorization: `Bearer ${ada.accessToken}` };
    expect((await running.browser().send(path, { headers })).status).toBe(303);
    expect((await ada.browser.send(path, { headers })).status).toBe(400);
  });
});

describe('an unknown page', () => {
  it.each(['/account/nope', '/account/sessions/nope', '/account/'])('%s is a page, also without a cookie', async (path) => {
    for (const browser of [running.browser(), ada.browser]) {
      const { status, title, headers, text } = await browser.open(path);
      expect([status, title]).toEqual([404, 'There is no such page']);
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(text).toContain('<a href="/account">Your account</a>');
    }
  });

  it.each(FORMS)('%s is not opened: it is for a form', async (path) => {
    if (!(PAGES as readonly string[]).includes(path)) expect((await ada.browser.open(path)).status).toBe(404);
  });
});

describe.each(FORMS)('the form %s', (path) => {
  it.each<[string, Record<string, string>]>([
    ['another origin', { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' }],
    ['another origin of the same site', { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-site' }],
    ['an old browser at another origin', { origin: 'http://localhost:8080' }],
    ['a page that hides its origin', { origin: 'null' }],
    ['something that is no browser', {}],
  ])('is refused from %s, with a page (A18)', async (_what, headers) => {
    const { status, title, text } = await ada.browser.submit(path, {}, headers);
    expect([status, title]).toEqual([403, 'This did not work']);
    expect(text).toContain('A page of another site could have sent this request.');
    // A browser sends no cookie with the form of another site. The response must not delete it.
    const without = await running.browser().submit(path, {}, headers);
    expect([without.status, without.headers.getSetCookie()]).toEqual([403, []]);
  });

  it('cannot be sent by opening a link (A18)', async () => {
    expect([200, 404]).toContain((await ada.browser.open(path)).status);
  });
});

describe.each(FORMS.filter((path) => path !== '/account/log-out'))('the form %s', (path) => {
  it('does nothing without a session, and says so', async () => {
    const { status, title, text } = await running.browser().submit(path);
    expect([status, title]).toEqual([401, 'You are not logged in']);
    expect(text).toContain('<a href="/auth/login?returnTo=%2Faccount">Log in</a>');
  });

  it.each<[string, (fields: Record<string, string>) => [string, string][]]>([
    ['an unknown field', (fields) => [...Object.entries(fields), ['admin', 'yes']]],
    ['every field twice', (fields) => Object.entries({ ...fields, id: 'x' }).flatMap((field) => [field, field])],
    ['a field of objects', (fields) => [...Object.entries(fields), ['__proto__', 'x']]],
  ])('refuses %s', async (_what, change) => {
    const { status } = await ada.browser.submit(path, change(FIELDS[path] ?? {}));
    expect(status).toBe(400);
  });

  it('takes nothing but forms', async () => {
    const headers = { origin: ORIGIN, 'content-type': 'text/plain' };
    expect((await ada.browser.send(path, { method: 'POST', body: 'id=x', headers })).status).toBe(400);
  });
});

describe('the overview', () => {
  it('names the user, and leads to every page', async () => {
    const { text } = await ada.browser.open('/account');
    expect(text).toContain('You are logged in as Ada &lt;Lovelace&gt;.');
    for (const path of PAGES.slice(1)) expect(text).toContain(`<a href="${path}">`);
  });

  it('logs the browser out, at auth too', async () => {
    const { browser, accessToken } = await running.member();
    const { title } = await browser.submit('/account/log-out');
    expect(title).toBe('You are logged out');
    expect(browser.cookies.size).toBe(0);
    expect((await browser.submit('/account/log-out')).title).toBe('You are logged out');
    const query = JSON.stringify({ query: '{ me { id } }' });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` };
    expect((await browser.send('/graphql', { method: 'POST', body: query, headers })).status).toBe(401);
  });
});
