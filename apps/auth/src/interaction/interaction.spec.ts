import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, query } from '@reputable/testing';
import { decodeJwt } from 'jose';
import type { Browser } from '../browser.fixture.ts';
import { type Shown } from '../browser.fixture.ts';
import { sharedAuthWorld } from '../auth.fixture.ts';
import { ALL, API_SCOPES, type Application, type OAuthWorld, type Person, openOAuthWorld, walk } from '../oauth.fixture.ts';

let running: OAuthWorld;
let digest: Application;

beforeAll(async () => {
  running = await openOAuthWorld(await sharedAuthWorld());
  digest = await running.application();
});
afterAll(async () => {
  await running.end();
});

/** A browser at the log-in page. */
async function atLogIn(application = digest, scope = ALL, more: Record<string, string> = {}) {
  const browser = running.browser();
  const { url } = await application.begin(scope, more);
  return { browser, page: await browser.open(url) };
}

/** A browser at the consent page. */
async function atConsent(person: Person, application = digest, scope = ALL) {
  const { browser, page } = await atLogIn(application, scope);
  return { browser, page: await browser.send(page, page.forms[0], { email: person.email, password: person.password }) };
}

async function suspend(person: Person): Promise<void> {
  const idOf = async ({ email }: Person) =>
    (await query<{ id: string }>(running.auth.databaseUrl, 'SELECT id FROM account WHERE email = $1', [email]))[0]?.id ?? '';
  const admin = await running.person();
  await query(running.user.databaseUrl, "UPDATE profile SET roles = '{ADMIN}' WHERE id = $1", [await idOf(admin)]);
  const { tokens } = await (await running.authAs()).logIn(admin);
  const users = await running.userAs({ token: await running.exchange(tokens?.accessToken ?? '') });
  await users.suspendUser({ userId: await idOf(person), reason: 'Spam.' });
}

describe('every page', () => {
  it('allows no script, no framing and no caching, and forms to us and the application only', async () => {
    const { page } = await atLogIn();
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy.replace(/'sha256-[^']+'/, 'HASH')).toBe(
      `default-src 'none'; style-src HASH; form-action 'self' ${new URL(digest.callback).origin}; frame-ancestors 'none'; base-uri 'none'`,
    );
    expect(page.text).not.toContain('<script');
    expect(Object.fromEntries(page.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
  });

  it('escapes the input of others', async () => {
    const name = '"><img src=x onerror=alert(1)>';
    const { page } = await atLogIn(await running.application({ name }), ALL, { login_hint: name });
    expect(page.text).toContain('to go on to &quot;&gt;&lt;img src=x onerror=alert(1)&gt;');
    expect(page.text).toContain('value="&quot;&gt;&lt;img');
    expect(page.text).not.toContain('<img');
  });

  it('is a 404 page at an unknown path', async () => {
    const page = await running.browser().open('/nothing');
    expect(page).toMatchObject({ status: 404, title: 'Not Found – Reputable' });
  });
});

describe('a log-in', () => {
  it('leads back to our own client with a code, without consent', async () => {
    const [gateway, person] = await Promise.all([running.gateway(), running.person()]);
    const { browser, page } = await atLogIn(gateway, 'openid posts:read');
    expect(page).toMatchObject({ status: 200, title: 'Log in – Reputable' });
    const done = await browser.send(page, page.forms[0], { email: person.email, password: person.password });
    expect(done.url.href).toMatch(/^http:\/\/localhost:3000\/auth\/callback\?code=[\w-]{43}&state=[\w-]+&iss=/);
    // A second request does not ask for a log-in.
    expect((await browser.open((await gateway.begin('openid posts:read')).url)).url.searchParams.get('code')).toMatch(/^[\w-]{43}$/);
  });

  it('can be cancelled: the application gets an error', async () => {
    const { browser, page } = await atLogIn();
    const { url } = await browser.send(page, page.forms[1]);
    expect(url.origin + url.pathname).toBe(digest.callback);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ error: 'access_denied', state: expect.any(String) });
  });

  it('shows the same error for a wrong password and an unknown account, and keeps the address but not the password', async () => {
    const { email } = await running.person();
    const wrong = async (address: string) => {
      const { browser, page } = await atLogIn();
      const shown = await browser.send(page, page.forms[0], { email: address, password: 'canary wrong' });
      return { ...shown, text: shown.text.replaceAll(address, 'ADDRESS').replaceAll(page.url.pathname, 'PATH') };
    };
    const [known, unknown] = await Promise.all([wrong(email), wrong('nobody@example.com')]);
    expect(known).toMatchObject({ status: 422, title: 'Error: Log in – Reputable' });
    expect(known.text).toMatch(/role="alert" id="problem"><p><a href="#email">The e-mail address or the password is wrong\.<\/a>/);
    expect(known.text).toContain('value="ADDRESS"');
    expect(known.text).not.toContain('canary');
    expect(known.text.match(/aria-invalid="true" aria-describedby="problem"/g)).toHaveLength(2);
    expect({ status: unknown.status, text: unknown.text }).toEqual({ status: known.status, text: known.text });
  });

  it.each([
    ['no address', { email: 'somebody', password: 'x' }, 'Enter your e-mail address, like name@example.com.', '#email'],
    ['no password', { email: 'a@example.com', password: '' }, 'Enter your password.', '#password'],
    ['a very long password', { email: 'a@example.com', password: 'x'.repeat(500) }, 'It has 128 characters at most.', '#password'],
    ['no field', {}, 'Enter your e-mail address, like name@example.com.', '#email'],
  ])('a form with %s shows which field to fill in', async (_, fields, says, link) => {
    const { browser, page } = await atLogIn();
    const form = { action: page.forms[0]?.action ?? '', fields: {} };
    const shown = await browser.send(page, form, fields);
    expect(shown).toMatchObject({ status: 422, title: 'Error: Log in – Reputable' });
    expect(shown.text).toContain(says);
    expect(shown.text).toContain(`href="${link}"`);
  });

  it('is refused after too many attempts, with the time to wait', async () => {
    const { email, password } = await running.person();
    const { browser, page } = await atLogIn();
    let shown: Shown = page;
    for (let attempt = 0; attempt < 6; attempt += 1) shown = await browser.send(shown, shown.forms[0], { email, password: 'wrong' });
    expect(shown).toMatchObject({ status: 429, title: 'Error: Log in – Reputable' });
    expect(shown.text).toMatch(/Too many attempts\. Try again in \d+ seconds\./);
    expect(Number(shown.headers.get('retry-after'))).toBeGreaterThan(0);
    // The limit also refuses the right password, so that nobody learns that a guess was right.
    expect((await browser.send(shown, shown.forms[0], { email, password })).status).toBe(429);
  });

  it('shows a suspension only after the right password', async () => {
    const person = await running.person();
    const { browser } = await atConsent(person);
    await suspend(person);
    // The earlier log-in has ended.
    const again = await browser.open((await digest.begin()).url);
    expect(again.title).toBe('Log in – Reputable');
    const guess = await browser.send(again, again.forms[0], { email: person.email, password: 'wrong' });
    expect(guess.status).toBe(422);
    const shown = await browser.send(guess, guess.forms[0], { email: person.email, password: person.password });
    expect(shown.status).toBe(403);
    expect(shown.text).toContain('This account has been suspended by a moderator.');
  });

  it('as another user ends the sessions of the earlier log-in in this browser', async () => {
    const [application, before, after, browser] = [
      await running.application(),
      await running.person(),
      await running.person(),
      running.browser(),
    ];
    const left = await application.logIn(browser, before);
    const request = await application.begin(ALL, { prompt: 'login' });
    const page = await browser.open(request.url);
    const between = await browser.send(page, page.forms[0], { email: after.email, password: after.password });
    // A self-submitting page of oidc-provider, with the only allowed script.
    expect(between).toMatchObject({ status: 200, title: 'Submitting Callback' });
    expect(between.headers.get('content-security-policy')).toMatch(/^default-src 'none';script-src 'report-sample' 'sha256-[^']+';/);
    const consent = await browser.send(between, between.forms[0]);
    expect(consent.text).toContain(after.email);
    const tokens = await application.redeem(request, (await browser.send(consent, consent.forms[0])).url);
    expect(decodeJwt(await running.exchange(tokens.access_token)).sub).not.toBe(decodeJwt(left.id_token ?? '').sub);
    expect((await running.sessionsOf(application.id)).map(({ end_reason }) => end_reason)).toEqual(['logged_out', null]);
  });

  it('ends when the password changes, also without a session, and also before the consent', async () => {
    const person = await running.person();
    const [consenting, waiting] = [await atConsent(person), await atLogIn()];
    const half = await fetch(new URL(waiting.page.forms[0]?.action ?? '', running.issuer), {
      method: 'POST',
      body: new URLSearchParams({ email: person.email, password: person.password }),
      headers: { origin: running.issuer, cookie: cookiesOf(waiting.browser) },
      redirect: 'manual',
    });
    const { tokens } = await (await running.authAs()).logIn(person);
    const own = await running.authAs({ token: await running.exchange(tokens?.accessToken ?? '') });
    await own.changePassword({ currentPassword: person.password, newPassword: 'another horse battery', address: person.address });

    expect(await consenting.browser.send(consenting.page, consenting.page.forms[0])).toMatchObject({ status: 410 });
    expect((await consenting.browser.open((await digest.begin()).url)).title).toBe('Log in – Reputable');
    expect(half.status).toBe(303);
    expect(await waiting.browser.open(half.headers.get('location') ?? '')).toMatchObject({
      status: 410,
      title: 'This page is over – Reputable',
    });
  });
});

describe('the consent', () => {
  it('is asked for a third-party application, with its name, its scopes and the host of its redirect URI', async () => {
    const person = await running.person();
    const { page } = await atConsent(person);
    expect(page).toMatchObject({ status: 200, title: 'Allow Weekly Digest? – Reputable' });
    for (const said of [person.displayName, person.email, 'display name', 'e-mail address', 'vote', new URL(digest.callback).host]) {
      expect(page.text).toContain(said);
    }
    const { page: less } = await atConsent(await running.person(), digest, 'openid');
    expect(less.text).not.toMatch(/display name<|e-mail address<|vote/);
  });

  it('begins a session of that application and device', async () => {
    const application = await running.application();
    const person = await running.person();
    const { accessToken } = (await (await running.authAs()).logIn(person)).tokens ?? { accessToken: '' };
    await application.logIn(running.browser(), person);
    const { sessions } = await (
      await running.authAs({ token: await running.exchange(accessToken) })
    ).listSessions({ pageSize: 10, pageToken: '' });
    expect(sessions).toMatchObject([{ client: 'Weekly Digest', device: 'Jest' }, { client: 'Reputable' }]);
  });

  it('is asked again only for further scopes, which extend the same session', async () => {
    const [application, person, browser] = [await running.application(), await running.person(), running.browser()];
    await application.logIn(browser, person, 'openid');
    const again = await application.begin('openid');
    expect((await browser.open(again.url)).url.origin).toBe(new URL(application.callback).origin);
    const more = await application.begin(ALL);
    const page = await browser.open(more.url);
    expect(page.title).toBe('Allow Weekly Digest? – Reputable');
    const tokens = await application.redeem(more, (await browser.send(page, page.forms[0])).url);
    expect(decodeJwt(await running.exchange(tokens.access_token))).toMatchObject({
      scope: API_SCOPES,
      roles: [],
      client_id: application.id,
    });
    expect(await running.sessionsOf(application.id)).toHaveLength(1);
  });

  it('can allow less than the application requests, and is not asked again', async () => {
    const [application, person] = [await running.application(), await running.person()];
    const { browser, page } = await atConsent(person, application);
    const { email: _email, 'votes:write': _votes, ...ticked } = page.forms[0]?.fields ?? {};
    const [request, form] = [await application.begin(), { action: page.forms[0]?.action ?? '', fields: ticked }];
    await browser.send(page, form);
    const tokens = await application.redeem(request, (await browser.open(request.url)).url);
    const less = API_SCOPES.replace('votes:write ', '');
    expect(tokens.scope).toBe(less);
    expect(decodeJwt(await running.exchange(tokens.access_token))).toMatchObject({ scope: less });
    expect((await application.refresh(tokens.refresh_token, {})).scope).toBe('openid profile');
  });

  it('can be changed later: the application asks with prompt=consent', async () => {
    const [application, person] = [await running.application(), await running.person()];
    const { browser, page } = await atConsent(person, application);
    await browser.send(page, { action: page.forms[0]?.action ?? '', fields: {} });
    const again = await application.begin(ALL, { prompt: 'consent' });
    const asked = await browser.open(again.url);
    const { 'posts:write': _posts, ...ticked } = asked.forms[0]?.fields ?? {};
    const tokens = await application.redeem(
      again,
      (await browser.send(asked, { action: asked.forms[0]?.action ?? '', fields: ticked })).url,
    );
    expect(tokens.scope).toBe(API_SCOPES.replace('posts:write ', ''));
    expect(await running.sessionsOf(application.id)).toHaveLength(1);
  });

  it('cannot allow a scope that was not requested, or that the application is not registered for', async () => {
    const [application, person] = [await running.application({ scopes: ['openid', 'posts:read', 'votes:write'] }), await running.person()];
    const { browser, page } = await atConsent(person, application, 'openid posts:read');
    const request = await application.begin('openid posts:read');
    await browser.send(page, page.forms[0], { 'votes:write': 'yes', account: 'yes', email: 'yes' });
    const tokens = await application.redeem(request, (await browser.open(request.url)).url);
    expect(tokens.scope).toBe('posts:read');
    const wider = await application.begin('openid posts:read account');
    expect((await application.redeem(wider, (await browser.open(wider.url)).url)).scope).toBe('posts:read');
  });

  it('can be denied: the application gets an error and no code', async () => {
    const [application, person] = [await running.application(), await running.person()];
    const { browser, page } = await atConsent(person, application);
    const { url } = await browser.send(page, page.forms[1]);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ error: 'access_denied', state: expect.any(String) });
    expect(url.searchParams.has('code')).toBe(false);
    expect(await running.sessionsOf(application.id)).toEqual([]);
  });
});

describe('errors', () => {
  it('an answered or expired page says so', async () => {
    const person = await running.person();
    const { browser, page } = await atLogIn();
    await browser.send(page, page.forms[0], { email: person.email, password: person.password });
    const over = { status: 410, title: 'This page is over – Reputable' };
    expect(await browser.open(page.url)).toMatchObject(over);
    expect(await browser.send(page, page.forms[0], { email: person.email, password: person.password })).toMatchObject(over);

    const { browser: slow, page: old } = await atLogIn();
    const uid = old.url.pathname.split('/').at(-1) ?? '';
    await query(
      running.auth.databaseUrl,
      `UPDATE oauth_record SET payload = payload || '{"exp": 1}' WHERE model = 'Interaction' AND hash = sha256($1)`,
      [Buffer.from(uid)],
    );
    expect(await slow.open(old.url)).toMatchObject(over);
    expect(await slow.send(old, old.forms[0], { email: person.email, password: person.password })).toMatchObject(over);
  });

  it('a browser without cookies gets a page that says so', async () => {
    const { browser, page } = await atLogIn();
    browser.forgetCookies();
    for (const shown of [
      await browser.open(page.url),
      await browser.send(page, page.forms[0]),
      await browser.open('/oidc/interaction/unknown'),
    ]) {
      expect(shown).toMatchObject({ status: 400, title: 'Your browser sent no cookie – Reputable' });
    }
  });

  it('a browser cannot use the page of another browser', async () => {
    const [mine, theirs] = [await atLogIn(), await atLogIn()];
    const form = { action: theirs.page.forms[0]?.action ?? '', fields: {} };
    expect(await mine.browser.send(mine.page, form, { email: 'a@example.com', password: 'x' })).toMatchObject({ status: 400 });
    const cookie = cookiesOf(mine.browser);
    const response = await fetch(theirs.page.url, { headers: { cookie, accept: 'text/html' } });
    expect(response.status).toBe(410);
  });

  it('a double click on "Log in" or "Allow" counts once', async () => {
    const [application, person] = [await running.application(), await running.person()];
    const { browser, page } = await atLogIn(application);
    const credentials = { email: person.email, password: person.password };
    const twice = await Promise.all([browser.send(page, page.forms[0], credentials), browser.send(page, page.forms[0], credentials)]);
    const consent = twice.find(({ title }) => title.startsWith('Allow'));
    if (!consent) throw new Error(`Neither came through: ${twice.map(({ title }) => title).join()}`);
    const done = await Promise.all([1, 2, 3].map(() => browser.send(consent, consent.forms[0])));
    expect(done.filter(({ url }) => url.searchParams.has('code')).length).toBeGreaterThan(0);
    for (const { url, status } of done) expect(url.searchParams.has('code') || status === 410).toBe(true);
    expect(await running.sessionsOf(application.id)).toHaveLength(1);
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a sibling site', { 'sec-fetch-site': 'same-site' }],
    ['another origin', { 'sec-fetch-site': '', origin: 'https://evil.example' }],
    ['an opaque origin', { 'sec-fetch-site': '', origin: 'null' }],
    ['an unknown origin', { 'sec-fetch-site': '', origin: '' }],
  ])('a form from %s is refused', async (_, headers) => {
    const person = await running.person();
    const { browser, page } = await atLogIn();
    const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
    const { email, password } = person;
    const response = await fetch(new URL(page.forms[0]?.action ?? '', page.url), {
      method: 'POST',
      body: new URLSearchParams({ email, password }),
      headers: { accept: 'text/html', cookie: cookiesOf(browser), ...sent },
      redirect: 'manual',
    });
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('This did not come from our page');
  });

  it('a body of a megabyte, or of another type, gets an error page', async () => {
    const { browser, page } = await atLogIn();
    const send = async (body: string, type: string) => {
      const response = await fetch(new URL(page.forms[0]?.action ?? '', page.url), {
        method: 'POST',
        body,
        headers: { accept: 'text/html', origin: running.issuer, 'content-type': type, cookie: cookiesOf(browser) },
      });
      return `${response.status} ${/<h1>(.*)<\/h1>/.exec(await response.text())?.[1] ?? ''}`;
    };
    expect(await send(`password=${'x'.repeat(1_000_000)}`, 'application/x-www-form-urlencoded')).toBe('413 Payload Too Large');
    expect(await send('<a/>', 'application/xml')).toBe('415 Unsupported Media Type');
    expect(await send('{', 'application/json')).toBe('400 Bad Request');
    expect(await send('email=a&__proto__=b', 'application/x-www-form-urlencoded')).toBe('400 Bad Request');
    expect(await send('email=a&email=b&password[x]=y', 'application/x-www-form-urlencoded')).toBe('422 Log in');
    expect(await send('[[]]', 'application/json')).toBe('422 Log in');
  });

  it('without the user service a log-in fails, and the page says to try again', async () => {
    const person = await running.person();
    const { browser, page } = await atLogIn();
    running.toUser.down();
    try {
      const shown = await browser.send(page, page.forms[0], { email: person.email, password: person.password });
      expect(shown).toMatchObject({ status: 503, title: 'Error: Log in – Reputable' });
    } finally {
      await running.toUser.up();
    }
    await eventually(async () => {
      expect((await walk(browser, (await digest.begin()).url, person)).url.searchParams.has('code')).toBe(true);
    });
  });
});

/** All cookies, of every path. */
const cookiesOf = (browser: Browser) => browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
