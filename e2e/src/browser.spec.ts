import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { GraphQLClient, openSecrets, Person, seed, startSystem, type System } from '@reputable/dev';
import { linksIn } from '@reputable/mailbox';
import { eventually, freePort, HeldLock, PATIENT, query, type RunningService, startProcess } from '@reputable/testing';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type Chromium, openChromium } from './chromium.ts';
import { PlaygroundPage, statusOf } from './playground-page.ts';
import { TokenHunt } from './token-hunt.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const OURS = { ...JSON_TYPE, 'x-reputable-csrf': '1' };
const COOKIE = '__Host-session';

/** The settings of the gateway. A restart applies changes. */
const gatewaySettings: Record<string, string> = {};

let system: System;
let origin: string;
let chromium: Chromium;
let browser: Browser;
let ada: Person;
let post: string;
let context: BrowserContext;
let page: Page;
let hunt: TokenHunt;

describe('with a browser (P17)', () => {
  beforeAll(async () => {
    chromium = await openChromium();
    const [started, launched] = await Promise.all([
      startSystem({
        withPlayground: true,
        withCollector: true,
        env: { all: { LOG_LEVEL: 'warn', NODE_ENV: 'production', ...PATIENT }, gateway: gatewaySettings },
      }),
      chromium.launch(),
    ]);
    [system, browser] = [started, launched];
    origin = new URL(system.urls.graphql).origin;
    ada = await Person.join(system, 'Ada', { upvotes: 3 });
    post = await (await Person.join(system, 'Ben')).write('A post');
  });
  afterAll(async () => {
    await browser.close();
    await chromium.remove();
    await system.stop();
  });
  beforeEach(async () => {
    context = await browser.newContext();
    // The gateway serves no pages of an application. A proxy would serve an application's pages at the same origin.
    await context.route(`${origin}/app**`, (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>App</title>' }),
    );
    page = await context.newPage();
    hunt = new TokenHunt(context, system.databaseUrl('auth'));
  });
  afterEach(() => context.close());

  it('a user logs in, votes and logs out, and the browser never has a token', async () => {
    await logIn('/app?from=login');
    expect(page.url()).toBe(`${origin}/app?from=login`);
    await hunt.look(page);
    expect(await ask('/auth/session')).toEqual({ status: 200, body: { loggedIn: true, userId: ada.id } });
    expect(await graphql(`mutation { upvotePost(id: "${post}") { score myVote } }`)).toEqual({
      status: 200,
      body: { data: { upvotePost: { score: 1, myVote: 'UP' } } },
    });
    expect(await sessionCookie()).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Strict', path: '/', domain: 'localhost' });
    expect(await page.evaluate('document.cookie')).toBe('');

    for (const path of ['', '/sessions', '/tokens', '/applications', '/log-ins', '/email', '/password']) {
      await page.goto(`${origin}/account${path}`);
      await hunt.look(page);
    }
    await page.goto(`${origin}/app`);

    const copy = (await sessionCookie())?.value ?? '';
    expect(await ask('/auth/logout', 'POST')).toEqual({ status: 204, body: undefined });
    expect(await sessionCookie()).toBeUndefined();
    expect(await ask('/auth/session')).toEqual({ status: 200, body: { loggedIn: false } });
    expect(await replay(copy)).toMatchObject({ status: 401, reason: 'BROWSER_SESSION_ENDED' });
    await hunt.look(page);

    // The authorization server has logged out too and asks for the password.
    await page.goto(`${origin}/auth/login`);
    expect(await page.getByLabel('Password').count()).toBe(1);
    await hunt.look(page);

    expect(hunt.size).toBeGreaterThan(10_000);
    expect(await hunt.found()).toEqual([]);
  });

  it('a user registers, confirms the registration by keyboard with the chosen password, and logs in (P22)', async () => {
    const eli = new Person(new GraphQLClient(system.urls.graphql), 'Eli');
    await eli.register();
    await page.goto(await linkTo(eli));
    await page.keyboard.type('a password that somebody else chose');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('This is not the password that was chosen at the registration.').waitFor();
    expect(await page.title()).toBe('Error: Confirm your registration – Reputable');
    await page.keyboard.type(eli.credentials.password);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Your account is ready' }).waitFor();
    const { id } = await eli.logIn();
    await page.goto(`${origin}/auth/login?returnTo=/app`);
    await page.getByLabel('E-mail address').fill(eli.credentials.email);
    await page.getByLabel('Password').fill(eli.credentials.password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.waitForURL(`${origin}/app`);
    expect(await ask('/auth/session')).toEqual({ status: 200, body: { loggedIn: true, userId: id } });
  });

  it('a user who forgot the password chooses a new one by a link in a mail (P22)', async () => {
    const cleo = await Person.join(system, 'Cleo');
    await page.goto(`${origin}/auth/login?returnTo=/app`);
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await page.getByLabel('E-mail address').fill(cleo.credentials.email);
    await page.getByRole('button', { name: 'Send the link' }).click();
    await page.getByRole('heading', { name: 'Check your mail' }).waitFor();
    await page.goto(await linkTo(cleo));
    await page.getByLabel('New password').fill('another horse battery');
    await page.getByLabel('The same password again').fill('another horse battery');
    await page.getByRole('button', { name: 'Save the password' }).click();
    await page.getByRole('heading', { name: 'Your password is saved' }).waitFor();
    await expect(cleo.logIn()).rejects.toMatchObject({ reason: 'CREDENTIALS_INVALID' });
    cleo.credentials.password = 'another horse battery';
    await cleo.logIn();
  });

  it('a user logs in by a link in a mail, in the same browser alone (P22)', async () => {
    const dan = await Person.join(system, 'Dan', { isVerified: true });
    await page.goto(`${origin}/auth/login?returnTo=/app`);
    await page.getByLabel('E-mail address').fill(dan.credentials.email);
    await page.getByRole('button', { name: 'E-mail me a link to log in' }).click();
    await page.getByRole('heading', { name: 'Check your mail' }).waitFor();
    const link = await linkTo(dan);
    const elsewhere = await browser.newContext();
    const other = await elsewhere.newPage();
    await other.goto(link);
    await other.getByRole('heading', { name: 'Open this link in the browser where you asked for it' }).waitFor();
    await elsewhere.close();
    await page.goto(link);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL(`${origin}/app`);
    expect(await ask('/auth/session')).toEqual({ status: 200, body: { loggedIn: true, userId: dan.id } });
  });

  it('the search finds a token that is there', async () => {
    const api = JSON.stringify({ query: 'mutation ($input: LogInInput!) { logIn(input: $input) { accessToken refreshToken } }' });
    await page.goto(`${origin}/app`);
    const body = JSON.stringify({ ...(JSON.parse(api) as object), variables: { input: ada.credentials } });
    await page.evaluate(([headers, sent]) => fetch('/graphql', { method: 'POST', headers, body: sent }).then((it) => it.text()), [
      JSON_TYPE,
      body,
    ] as const);
    expect((await hunt.found()).sort()).toEqual(['AccessToken', 'RefreshToken']);
  });

  it('a log-in cannot be moved to another browser (A18)', async () => {
    const planted = 'A'.repeat(43);
    await context.addCookies([
      { name: COOKIE, value: planted, url: 'https://localhost', httpOnly: true, secure: true, sameSite: 'Strict' },
    ]);
    await logIn();
    const first = (await sessionCookie())?.value ?? '';
    expect(first).not.toBe(planted);
    expect(await replay(planted)).toMatchObject({ status: 401 });
    // The authorization server still has a session and asks for nothing.
    await page.goto(`${origin}/auth/login?returnTo=/app`);
    await page.waitForURL(`${origin}/app`);
    const second = (await sessionCookie())?.value ?? '';
    expect(second).not.toBe(first);
    expect(await replay(first)).toMatchObject({ status: 401 });
    expect(await replay(second)).toMatchObject({ status: 200 });
  });

  it('returnTo stays within the origin (A18)', async () => {
    const elsewhere = await anOrigin('127.0.0.1');
    await page.goto(`${origin}/auth/login?returnTo=${encodeURIComponent(`//${new URL(elsewhere.url).host}/`)}`);
    await fillIn();
    await page.waitForURL(`${origin}/`);
    elsewhere.server.close();
  });

  it('the back button leads to a page with instructions', async () => {
    await logIn();
    const callback = hunt.urls.find((url) => url.startsWith(`${origin}/auth/callback?`)) ?? '';
    const response = await page.goto(callback);
    expect(response?.status()).toBe(400);
    await page.getByRole('link', { name: 'Log in' }).click();
    await page.waitForURL(`${origin}/`);
  });

  describe.each([
    ['another site', '127.0.0.1'],
    ['another origin of the same site', 'localhost'],
  ])('a page of %s (A18)', (_what, host) => {
    let elsewhere: { url: string; server: Server };
    beforeEach(async () => {
      elsewhere = await anOrigin(host);
      await logIn();
    });
    afterEach(() => {
      elsewhere.server.close();
    });

    it.each([
      ['/auth/logout', 'application/x-www-form-urlencoded', 403],
      ['/auth/logout', 'text/plain', 403],
      ['/graphql', 'application/x-www-form-urlencoded', 400],
      ['/graphql', 'text/plain', 400],
      ['/account/log-out', 'application/x-www-form-urlencoded', 403],
      ['/account/sessions/end-others', 'application/x-www-form-urlencoded', 403],
      ['/account/sessions/end-others', 'text/plain', 403],
    ])('can send a form to %s, as %s, without effect', async (path, type, status) => {
      await page.goto(`${elsewhere.url}?${new URLSearchParams({ action: origin + path, type }).toString()}`);
      const [response] = await Promise.all([page.waitForResponse(origin + path), page.getByRole('button').click()]);
      expect([status, 403]).toContain(response.status());
      await stillLoggedIn();
    });

    it('can link to a page of the account, which keeps the session', async () => {
      const before = await sessionCookie();
      await page.goto(elsewhere.url);
      await page.evaluate(`location.assign('${origin}/account')`);
      await page.getByText('You are logged in as Ada.').waitFor();
      expect((await sessionCookie())?.value).toBe(before?.value);
      await stillLoggedIn();
    });

    it('cannot send an accepted request or read a response', async () => {
      await page.goto(elsewhere.url);
      const outcomes = await page.evaluate(
        async ([url, ours]) => {
          const body = '{"query":"mutation { logOut }"}';
          const send = (init: RequestInit) =>
            fetch(`${url}/graphql`, { method: 'POST', body, credentials: 'include', ...init }).then(
              () => 'read',
              () => 'failed',
            );
          return [await send({ headers: ours }), await send({}), await send({ mode: 'no-cors' }).then(() => 'unread')];
        },
        [origin, OURS] as const,
      );
      expect(outcomes).toEqual(['failed', 'failed', 'unread']);
      await stillLoggedIn();
    });
  });

  it('a page on another port logs in with PKCE and votes with its token, and with nothing else (P18)', async () => {
    const [app, other] = [await anOrigin('localhost'), await anOrigin('localhost')];
    await logIn();
    const liked = await (await Person.join(system, 'Gus')).write('Another post');
    const accessToken = await tokenOfPage(app.url);
    const vote = (token: string, credentials: 'same-origin' | 'include' = 'same-origin') =>
      page.evaluate(
        async ([url, headers, body, credentials]) => {
          const response = await fetch(url, { method: 'POST', headers, body, credentials }).catch(() => undefined);
          const challenge = response?.headers.get('www-authenticate');
          return response && { status: response.status, challenge, body: await response.text() };
        },
        [
          `${origin}/graphql`,
          { ...JSON_TYPE, authorization: `Bearer ${token}` },
          JSON.stringify({ query: `mutation { upvotePost(id: "${liked}") { score } }` }),
          credentials,
        ] as const,
      );
    // The gateway knows of a new origin after a second.
    await eventually(async () => {
      expect(await vote('x')).toMatchObject({ status: 401, challenge: expect.stringContaining('invalid_token') as unknown as string });
    });
    expect(await vote(accessToken, 'include')).toBeUndefined();
    expect(await vote(accessToken)).toMatchObject({ status: 200, body: '{"data":{"upvotePost":{"score":1}}}' });
    await page.goto(other.url);
    expect(await vote(accessToken)).toBeUndefined();
    await stillLoggedIn();
    app.server.close();
    other.server.close();
  });

  it('a page of this origin without the header gets an error that names it (A18)', async () => {
    await logIn();
    const query = { method: 'POST', headers: JSON_TYPE, body: '{"query":"{ me { id } }"}' };
    const answer = await page.evaluate(async (init) => (await fetch('/graphql', init)).json() as Promise<object>, query);
    expect(answer).toMatchObject({
      errors: [{ extensions: { reason: 'CROSS_SITE_REQUEST' }, message: /x-reputable-csrf: 1/ as unknown as string }],
    });
  });

  describe('with several gateways', () => {
    let others: RunningService[];
    beforeAll(async () => {
      others = await Promise.all([startGateway(), startGateway()]);
    });
    afterAll(() => Promise.all(others.map((gateway) => gateway.stop())));

    it('20 concurrent requests with an expired access token share one refresh and all succeed (A16)', async () => {
      await logIn();
      const cookie = (await sessionCookie())?.value ?? '';
      const database = system.databaseUrl('auth');
      const refreshed = async () => {
        const tokens =
          "SELECT count(*)::int AS made, count(consumed_at)::int AS used FROM oauth_record WHERE model = 'RefreshToken' AND payload ->> 'clientId' = 'gateway'";
        return (await query<{ made: number; used: number }>(database, tokens))[0] ?? { made: 0, used: 0 };
      };
      await query(database, "DELETE FROM oauth_record WHERE model = 'AccessToken'");
      const before = await refreshed();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => replay(cookie, `http://localhost:${String(others[index % 2]?.ports.http)}`)),
      );
      expect(answers).toEqual(Array.from({ length: 20 }, () => ({ status: 200, user: ada.id })));
      expect(await refreshed()).toEqual({ made: before.made + 1, used: before.used + 1 });
    });

    it('a refresh whose answer is lost ends no session: the next request repeats it', async () => {
      await logIn();
      const cookie = (await sessionCookie())?.value ?? '';
      const database = system.databaseUrl('auth');
      const [gateway] = others.map(({ ports }) => `http://localhost:${String(ports.http)}`);
      await query(database, "DELETE FROM oauth_record WHERE model = 'AccessToken'");
      // For longer than the gateway waits for tokens. Auth uses the refresh token afterwards.
      const unused = "SELECT FROM oauth_record WHERE model = 'RefreshToken' AND consumed_at IS NULL FOR UPDATE";
      await using lock = await HeldLock.take(database, unused);
      expect(await replay(cookie, gateway)).toMatchObject({ reason: 'SERVICE_UNAVAILABLE' });
      await lock.release();
      await eventually(async () => {
        expect(await replay(cookie, gateway)).toEqual({ status: 200, user: ada.id });
      });
    });
  });

  describe('with the pages for development', () => {
    let gateway: RunningService;
    let at: string;
    let faults: string[];
    beforeAll(async () => {
      const port = String(await freePort());
      at = `http://localhost:${port}`;
      gateway = await startGateway({ PORT: port, PUBLIC_URL: at, NODE_ENV: 'development' });
    });
    afterAll(() => gateway.stop());
    beforeEach(() => {
      faults = [];
      page.on('request', (request) => {
        if (!request.url().startsWith(`${at}/`) && !request.url().startsWith('data:')) faults.push(request.url());
      });
      page.on('console', (message) => {
        if (message.type() !== 'info' && message.type() !== 'log') faults.push(message.text());
      });
      page.on('pageerror', (error) => faults.push(error.message));
    });

    it('the page runs queries as the user of the browser session, and loads nothing from elsewhere', async () => {
      await logIn();
      faults = [];
      await page.goto(`${at}/graphiql`);
      await page.getByText('Ada, reputation 31').waitFor();
      await page.getByRole('tab', { name: 'Me' }).click();
      await page.getByRole('button', { name: /^Execute query/ }).click();
      await page.locator('.graphiql-response').getByText(`"${ada.id}"`).waitFor();
      await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
      await page.getByRole('link', { name: 'Mutation', exact: true }).click();
      await page.getByText('upvotePost').first().waitFor();
      await page.getByRole('button', { name: 'Open settings dialog' }).click();
      await page.keyboard.press('Escape');
      expect(faults).toEqual([]);
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.getByText('Not logged in.').waitFor();
      expect(faults).toEqual([]);
    });

    it('the reference of the HTTP API sends requests as the user of the browser session, and loads nothing from elsewhere', async () => {
      await logIn();
      faults = [];
      await page.goto(`${at}/api/v1/reference`);
      await page.getByRole('button', { name: 'get /api/v1/me', exact: true }).click();
      await page.getByRole('button', { name: 'Try it out' }).click();
      await page.getByRole('button', { name: 'Execute', exact: true }).click();
      await page.locator('.live-responses-table').getByText(ada.id).first().waitFor();
      expect(faults).toEqual([]);
    });
  });

  it('production has a short page at /, and nothing of the launcher’s page, although its setting is there', async () => {
    await page.goto(`${origin}/`);
    await page.getByRole('heading', { name: 'This is an API' }).waitFor();
    expect(await page.locator('script, link, form').count()).toBe(0);
    for (const path of ['/playground/act', '/playground/browser/main.js', '/playground/source/proto/buf.yaml']) {
      expect([path, (await fetch(origin + path)).status]).toEqual([path, 404]);
    }
  });

  // The last, as it restarts the gateway in development.
  describe('the page at /', () => {
    let shown: PlaygroundPage;
    beforeAll(async () => {
      gatewaySettings['NODE_ENV'] = 'development';
      await system.restart('gateway');
      await seed(system);
    });
    beforeEach(async () => {
      shown = await PlaygroundPage.in(browser, origin);
    });
    afterEach(async () => {
      await shown.close();
      expect(shown.problems).toEqual([]);
    });

    describe.each([1440, 375])('%i pixels wide', (width) => {
      beforeEach(() => shown.page.setViewportSize({ width, height: 900 }));

      it.each(['light', 'dark'] as const)('has no accessibility violation, %s, and no sideways scrolling', async (colorScheme) => {
        await shown.page.emulateMedia({ colorScheme });
        await shown.open('newcomer');
        expect(await shown.violations()).toEqual([]);
        await shown.press('Vote for a post', 'Vote for a post: stopped at gateway');
        expect(await shown.violations()).toEqual([]);
        expect(await shown.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        await shown.steps.getByText('UpvotePost, before the call').waitFor();
        expect(await shown.violations()).toEqual([]);
        if (width > 1000 && colorScheme === 'light') await shown.picture('playground');
      });
    });

    it.each([
      ['nobody', 'List posts', 'List posts: allowed for Nobody', ''],
      ['newcomer', 'Vote for a post', 'Vote for a post: stopped at gateway', 'libs/auth/src/access/decide.ts'],
      ['member', 'Vote for a post', 'Vote for a post: allowed for Member', ''],
      ['member', 'Retract the vote', 'Retract the vote: allowed for Member', ''],
      ['moderator', 'Vote for a post', 'Vote for a post: stopped at', 'apps/post/src/vote/vote.service.ts'],
      ['almost', 'Comment on it', 'Comment on it: stopped at', 'apps/comment/src/comment/comment.service.ts'],
      ['member', 'Comment on it', 'Comment on it: allowed for Member', ''],
      ['member', 'Edit it', 'Edit it: stopped at', 'apps/post/src/post/post.service.ts'],
      ['moderator', 'Edit it', 'Edit it: allowed for Moderator', ''],
      ['member', 'Suspend Newcomer', 'Suspend Newcomer: stopped at gateway', 'libs/auth/src/access/decide.ts'],
      ['moderator', 'Suspend Newcomer', 'Suspend Newcomer: allowed for Moderator', ''],
      ['newcomer', 'List posts', 'List posts: stopped at', ''],
      ['admin', 'Reinstate Newcomer', 'Reinstate Newcomer: allowed for Admin', ''],
      ['admin', 'Make Member a moderator', 'Make Member a moderator: allowed for Admin', ''],
      ['admin', 'Take the role back', 'Take the role back: allowed for Admin', ''],
      ['admin', 'Rotate the signing key', 'Rotate the signing key: done', ''],
    ])('%s presses "%s"', async (as, label, expected, file) => {
      await shown.open(as);
      await shown.press(label, expected);
      if (file !== '') await shown.result.getByRole('link', { name: file }).waitFor();
    });

    it.each([
      ['A forged token', 'post', 'TOKEN_INVALID', 'libs/auth/src/issuer/issuer.ts'],
      ['A stolen token', 'gateway', 'TOKEN_INVALID', 'apps/gateway/src/authentication/authentication.guard.ts'],
      ['No certificate', 'post', 'CERTIFICATE_REQUIRED', 'libs/auth/src/tls/credentials.ts'],
      ['Bypass the gateway', 'post', 'REPUTATION_TOO_LOW', 'libs/auth/src/access/decide.ts'],
      ['Reputation one short', 'gateway', 'REPUTATION_TOO_LOW', 'libs/auth/src/access/decide.ts'],
      ['A revoked session', 'post', 'TOKEN_REVOKED', 'libs/auth/src/revocation/token-revocations.ts'],
      ['A service that claims to be another', 'post', 'CALLER_NOT_ALLOWED', 'libs/auth/src/access/decide.ts'],
      ['A replay by a compromised service', 'post', 'PRESENTER_MISMATCH', 'libs/auth/src/access/decide.ts'],
    ])('"%s" is stopped at %s: %s, and links to the line', async (label, place, reason, file) => {
      await shown.open('newcomer');
      await shown.press(label, `${label}: stopped at ${place}`);
      await shown.result.getByText(reason, { exact: true }).waitFor();
      const link = shown.result.getByRole('link', { name: new RegExp(`^${file}:\\d+$`) });
      const line = (await link.textContent())?.split(':').at(-1) ?? '';
      await link.click();
      await shown.page.getByRole('heading', { name: file }).waitFor();
      expect(await shown.page.locator(`#L${line}:target`).count()).toBe(1);
      expect(await shown.violations()).toEqual([]);
    });

    it('shows that post accepts the JWT of a compromised service, and refuses the Transaction Token', async () => {
      await shown.open('member');
      await shown.press('A replay by a compromised service', 'A replay by a compromised service: stopped at post');
      for (const [credential, outcome] of [
        ['JWT', 'allowed'],
        ['Transaction Token', 'refused: PRESENTER_MISMATCH'],
      ] as const)
        await shown.steps.filter({ hasText: credential }).getByText(outcome).waitFor();
    });

    it('shows each step of a vote, with credential, peer, rule, checks and times', async () => {
      await shown.open('member');
      await shown.press('Vote for a post', 'Vote for a post: allowed for Member');
      const step = shown.steps.filter({ hasText: 'gateway → post' });
      for (const text of ['JWT', 'seconds left', 'spiffe://reputable.local/gateway', 'min_reputation: 15']) {
        await step.getByText(text).first().waitFor();
      }
      await step.getByRole('link', { name: /^post\.proto:\d+$/ }).waitFor();
      const checks = step.getByRole('listitem');
      expect((await checks.allTextContents()).map((text) => /^[a-z]+(?=pass)/.exec(text)?.[0])).toEqual([
        'peer',
        'token',
        'user',
        'reputation',
        'scope',
      ]);
      expect((await checks.allTextContents()).every((text) => /:\d+\d* µs$/.test(text))).toBe(true);
      // The outbox delivers the event a moment later, in the same trace.
      await shown.steps.filter({ hasText: 'post → user' }).getByText('ApplyReputation').waitFor();
      await shown.page.getByRole('img', { name: /you to gateway; .*gateway to post; .*post to user/ }).waitFor();
      expect(await shown.page.locator('.bars > li').count()).toBeGreaterThan(3);
    });

    it('sends the same request again for another account while it still follows the trace', async () => {
      await shown.open('newcomer');
      await shown.press('Vote for a post', 'Vote for a post: stopped at gateway');
      await shown.page.getByRole('radio', { name: 'Member' }).check();
      await shown.press('Vote for a post', 'Vote for a post: allowed for Member');
    });

    it.each([
      ['reduce', 'none'],
      ['no-preference', 'travel'],
    ] as const)('shows the path with prefers-reduced-motion: %s, by the animation %s', async (reducedMotion, animation) => {
      await shown.page.emulateMedia({ reducedMotion });
      await shown.open('newcomer');
      await shown.press('Vote for a post', 'Vote for a post: stopped at gateway');
      expect(await shown.page.evaluate("getComputedStyle(document.querySelector('.edge.lit')).animationName")).toBe(animation);
    });

    it('works by keyboard', async () => {
      await shown.open('newcomer');
      await shown.page.getByRole('radio', { name: 'Newcomer' }).focus();
      await shown.page.keyboard.press('ArrowDown');
      await shown.page.keyboard.press('ArrowDown');
      expect(shown.page.url()).toBe(`${origin}/?as=member`);
      const focused = () => shown.page.evaluate('document.activeElement.dataset.name');
      for (let presses = 0; (await focused()) !== 'vote' && presses < 10; presses += 1) await shown.page.keyboard.press('Tab');
      await shown.page.keyboard.press('Enter');
      await shown.shows('Vote for a post: allowed for Member');
    });

    it('sends requests with the browser’s own session', async () => {
      const { password } = await seed(system);
      const other = await shown.context.newPage();
      await other.goto(`${origin}/auth/login?returnTo=/%3Fas=session`);
      await other.getByLabel('E-mail address').fill('newcomer@example.com');
      await other.getByLabel('Password').fill(password);
      await other.getByRole('button', { name: 'Log in', exact: true }).click();
      await other.waitForURL(`${origin}/?as=session`);
      await shown.open('session');
      await shown.page.getByRole('radio', { name: 'My browser Newcomer, reputation 1' }).waitFor();
      await shown.press('Vote for a post', 'Vote for a post: stopped at gateway');
    });

    it('names an account that does not exist', async () => {
      await shown.open('eve');
      await shown.shows('There is no demo account "eve". Choose one of newcomer, almost, member, moderator, admin, nobody, session.');
    });

    it('marks a service that is down', async () => {
      await shown.open('member');
      await system.kill('comment');
      try {
        await shown.page.getByRole('img', { name: /Down: comment\./ }).waitFor();
        await shown.page.getByText('down', { exact: true }).waitFor();
      } finally {
        await system.restart('comment');
      }
      await eventually(async () => {
        expect(await shown.page.getByText('down', { exact: true }).count()).toBe(0);
      }, 10_000);
    });

    it.each([
      ['a name that resolves to this machine (DNS rebinding)', 'POST', { host: 'attacker.example:3000', 'x-reputable-csrf': '1' }],
      ['a name that resolves to this machine, reading', 'GET', { host: 'attacker.example:3000' }],
      ['another site', 'POST', { origin: 'https://attacker.example', 'x-reputable-csrf': '1' }],
      ['another port of this machine', 'POST', { origin: 'http://localhost:1', 'x-reputable-csrf': '1' }],
      ['a form', 'POST', {}],
    ])('refuses requests from %s', async (_, method, headers) => {
      const act = `${origin}/playground/act`;
      expect(await statusOf(method === 'POST' ? act : `${origin}/`, method, headers)).toBe(403);
      expect(await statusOf(act, 'POST', { 'x-reputable-csrf': '1' })).toBe(200);
    });
  });
});

/** Logs in like a person: opens the page, fills in two fields and clicks a button. */
async function logIn(returnTo = '/app'): Promise<void> {
  await page.goto(`${origin}/auth/login?returnTo=${encodeURIComponent(returnTo)}`);
  await fillIn();
  await page.waitForURL(origin + returnTo);
}

/** Waits for the mail to a person, and returns the link in it. */
const linkTo = ({ credentials }: Person): Promise<string> =>
  eventually(() => {
    const [mail] = system.mailbox.mailsTo(credentials.email);
    const [link] = mail ? linksIn(mail) : [];
    if (link === undefined) throw new Error(`No mail to ${credentials.email}.`);
    return link;
  }, 20_000);

async function fillIn(): Promise<void> {
  await page.getByLabel('E-mail address').fill(ada.credentials.email);
  await page.getByLabel('Password').fill(ada.credentials.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

/** Sends a request as a script of this origin does. */
async function ask(path: string, method = 'GET', body?: string): Promise<{ status: number; body: unknown }> {
  return page.evaluate(
    async ([url, init]) => {
      const response = await fetch(url, init);
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
    },
    [path, { method, headers: body === undefined ? { 'x-reputable-csrf': '1' } : OURS, ...(body !== undefined && { body }) }] as const,
  );
}

const graphql = (query: string) => ask('/graphql', 'POST', JSON.stringify({ query }));

const sessionCookie = async () => (await context.cookies(origin)).find(({ name }) => name === COOKIE);

/** Sends a request with a stolen copy of the cookie. */
async function replay(cookie: string, at = origin): Promise<object> {
  const response = await fetch(`${at}/graphql`, {
    method: 'POST',
    headers: { ...OURS, cookie: `${COOKIE}=${cookie}` },
    body: '{"query":"{ me { id } }"}',
  });
  const { data, errors } = (await response.json()) as { data?: { me: { id: string } }; errors?: { extensions: { reason: string } }[] };
  return { status: response.status, ...(data && { user: data.me.id }), ...(errors && { reason: errors[0]?.extensions.reason }) };
}

async function stillLoggedIn(): Promise<void> {
  await page.goto(`${origin}/app`);
  expect(await ask('/auth/session')).toEqual({ status: 200, body: { loggedIn: true, userId: ada.id } });
  expect((await graphql('{ me { id } }')).status).toBe(200);
}

/** Another origin with a page that can send a form to the gateway. */
async function anOrigin(host: string): Promise<{ url: string; server: Server }> {
  const server = createServer(({ url = '' }, response) => {
    const { searchParams } = new URL(url, 'http://localhost');
    const attributes = `method="post" action="${searchParams.get('action') ?? ''}" enctype="${searchParams.get('type') ?? ''}"`;
    const form = `<form ${attributes}><input name='{"query":"mutation{logOut}","x":"' value='"}'><button>Win a prize</button></form>`;
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>Elsewhere</title>${form}`);
  });
  await once(server.listen(0, '127.0.0.1').unref(), 'listening');
  return { url: `http://${host}:${String((server.address() as AddressInfo).port)}/`, server };
}

/** Registers the page at this URL as a public client, allows it as the user who is logged in, and fetches its token by a script of the page. */
async function tokenOfPage(url: string): Promise<string> {
  const [clientId, callback, verifier] = [randomUUID(), `${url}callback`, randomBytes(32).toString('base64url')];
  const metadata = {
    client_id: clientId,
    client_name: 'A page',
    token_endpoint_auth_method: 'none',
    redirect_uris: [callback],
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'],
    scope: 'openid',
    api_scope: 'votes:write',
  };
  await query(system.databaseUrl('auth'), 'INSERT INTO oauth_client (id, metadata) VALUES ($1, $2)', [clientId, metadata]);
  const resource = `${origin}/graphql`;
  const request = {
    ...{ client_id: clientId, redirect_uri: callback, response_type: 'code', scope: 'openid votes:write', resource, state: 's' },
    ...{ code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' },
  };
  await page.goto(`${system.urls.issuer}/oidc/auth?${new URLSearchParams(request).toString()}`);
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  await page.waitForURL((at) => at.href.startsWith(callback));
  const form = {
    ...{ grant_type: 'authorization_code', code: new URL(page.url()).searchParams.get('code') ?? '', code_verifier: verifier },
    ...{ client_id: clientId, redirect_uri: callback, resource },
  };
  return page.evaluate(
    async ([endpoint, fields]) => {
      const response = await fetch(endpoint, { method: 'POST', body: new URLSearchParams(fields) });
      return ((await response.json()) as { access_token: string }).access_token;
    },
    [`${system.urls.issuer}/oidc/token`, form] as const,
  );
}

/** A second gateway of the same system, as behind a load balancer. */
async function startGateway(env: Readonly<Record<string, string>> = {}): Promise<RunningService> {
  const { ports, pki, dataDir, urls } = system;
  const { OIDC_CLIENT_SECRET, SESSION_ENCRYPTION_KEY } = await openSecrets(dataDir);
  return startProcess('gateway', {
    PORT: '0',
    PUBLIC_URL: origin,
    ISSUER: urls.issuer,
    TLS_DIR: join(pki.dir, 'gateway'),
    AUTH_URL: `localhost:${String(ports.auth)}`,
    USER_URL: `localhost:${String(ports.user)}`,
    POST_URL: `localhost:${String(ports.post)}`,
    COMMENT_URL: `localhost:${String(ports.comment)}`,
    OIDC_CLIENT_SECRET,
    SESSION_ENCRYPTION_KEY,
    ...PATIENT,
    ...env,
  });
}
