import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { denied, HeldLock, query } from '@reputable/testing';
import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import { expectAudited, sharedAuthWorld } from '../auth.fixture.ts';
import type { Browser, Shown } from '../browser.fixture.ts';
import { ALL, API_SCOPES, type Application, type OAuthWorld, openOAuthWorld, type Person, type Tokens, walk } from '../oauth.fixture.ts';

let running: OAuthWorld;

beforeAll(async () => {
  running = await openOAuthWorld(await sharedAuthWorld());
});
afterAll(async () => {
  await running.end();
});

/** The next page after a log-in in a new browser. */
async function logIn(application: Application, person: Person, scope = ALL, more: Record<string, string> = {}) {
  const browser = running.browser();
  const request = await application.begin(scope, more);
  const page = await browser.open(request.url);
  return { browser, request, page: await browser.send(page, page.forms[0], { email: person.email, password: person.password }) };
}

/** Submits a consent page with only these boxes ticked. */
const tick = (browser: Browser, page: Shown, ...scopes: string[]) =>
  browser.send(page, { action: page.forms[0]?.action ?? '', fields: Object.fromEntries(scopes.map((scope) => [scope, 'yes'])) });

const hasCode = ({ url }: Shown) => url.searchParams.has('code');
const isAsked = ({ title }: Shown) => title.startsWith('Allow');

async function asUser(person: Person) {
  const { tokens } = await (await running.authAs()).logIn(person);
  return running.authAs({ token: await running.exchange(tokens?.accessToken ?? '') });
}

describe('a consent', () => {
  it('is remembered: at the next log-in, in another browser, the user is not asked', async () => {
    const [application, person] = [await running.application(), await running.person()];
    const first = await logIn(application, person);
    await tick(first.browser, first.page, 'posts:read', 'profile');
    await expectAudited(running, 'consent_given', { client_id: application.id, actor_type: 'user' });
    const next = await logIn(application, person);
    expect(hasCode(next.page)).toBe(true);
    const tokens = await application.redeem(next.request, next.page.url);
    expect(tokens.scope).toBe('posts:read');
    expect((await application.refresh(tokens.refresh_token, {})).scope).toBe('openid profile');
    expect(await running.sessionsOf(application.id)).toHaveLength(2);
  });

  it('is asked again when more is requested, with the earlier answer', async () => {
    const [application, person] = [await running.application(), await running.person()];
    const first = await logIn(application, person, 'openid posts:read votes:write');
    await tick(first.browser, first.page, 'posts:read');
    const { browser, request, page } = await logIn(application, person, 'openid posts:read votes:write posts:write');
    expect(isAsked(page)).toBe(true);
    expect(
      [...page.text.matchAll(/name="([a-z:]+)" value="yes"( checked)?/g)].map(([, name, ticked]) => `${name ?? ''}${ticked ?? ''}`),
    ).toEqual(['posts:read checked', 'posts:write checked', 'votes:write']);
    expect(await running.sessionsOf(application.id)).toHaveLength(1);
    const tokens = await application.redeem(request, (await tick(browser, page, 'votes:write', 'posts:write')).url);
    expect(tokens.scope).toBe('posts:write votes:write');
    // Narrower requests are covered.
    expect(hasCode((await logIn(application, person, 'openid votes:write')).page)).toBe(true);
  });

  it('is of one user and one application', async () => {
    const [application, other, person] = [await running.application(), await running.application(), await running.person()];
    await application.logIn(running.browser(), person);
    expect(isAsked((await logIn(other, person)).page)).toBe(true);
    expect(isAsked((await logIn(application, await running.person())).page)).toBe(true);
  });

  it('is asked at every log-in for a public client on the device, because any program there can pose as it', async () => {
    const redirectUris = ['http://127.0.0.1:5555/callback'];
    const [application, person] = [await running.application({ kind: 'public', redirectUris }), await running.person()];
    await application.logIn(running.browser(), person);
    expect(isAsked((await logIn(application, person)).page)).toBe(true);
    const onTheWeb = await running.application({ kind: 'public' });
    await onTheWeb.logIn(running.browser(), person);
    expect(hasCode((await logIn(onTheWeb, person)).page)).toBe(true);
  });

  it('of the same user, given in two browsers at once, is one', async () => {
    const [application, person] = [await running.application(), await running.person()];
    const pages = await Promise.all([1, 2, 3].map(() => logIn(application, person)));
    const done = await Promise.all(pages.map(({ browser, page }) => tick(browser, page, 'posts:read')));
    expect(done.map(hasCode)).toEqual([true, true, true]);
    const stored = await query(running.auth.databaseUrl, 'SELECT allowed FROM consent WHERE client_id = $1', [application.id]);
    expect(stored).toEqual([{ allowed: ['openid', 'posts:read'] }]);
  });
});

describe('prompt', () => {
  it('=consent asks for a consent that is remembered', async () => {
    const [application, person] = [await running.application(), await running.person()];
    await application.logIn(running.browser(), person);
    const { page } = await logIn(application, person, ALL, { prompt: 'consent' });
    expect(isAsked(page)).toBe(true);
    // An answer that never comes begins no session.
    expect(await running.sessionsOf(application.id)).toHaveLength(1);
  });

  it('=none uses a consent that is remembered, and otherwise tells the application what is missing', async () => {
    const [application, other, person] = [await running.application(), await running.application(), await running.person()];
    await application.logIn(running.browser(), person);
    const none = async (browser: Browser, asked = application) => {
      const { url } = await browser.open((await asked.begin(ALL, { prompt: 'none' })).url);
      return url.searchParams.get('error') ?? (url.searchParams.has('code') ? 'code' : url.href);
    };
    const { browser } = await logIn(other, person);
    expect(await none(browser)).toBe('code');
    expect(await none(browser, other)).toBe('consent_required');
    expect(await none(running.browser())).toBe('login_required');
  });

  it('=login asks for a log-in, and begins a session only after it', async () => {
    const [application, person, browser] = [await running.application(), await running.person(), running.browser()];
    await application.logIn(browser, person);
    const request = await application.begin(ALL, { prompt: 'login' });
    const page = await browser.open(request.url);
    expect(page.title).toBe('Log in – Reputable');
    expect(await running.sessionsOf(application.id)).toHaveLength(1);
    expect(hasCode(await walk(browser, request.url, person))).toBe(true);
  });
});

describe('claims', () => {
  const claims = JSON.stringify({
    id_token: { email: { essential: true }, name: null },
    userinfo: { email_verified: null, phone_number: null },
  });

  it('are asked for in words of their scopes, and are in the ID token', async () => {
    const [application, person] = [await running.application(), await running.person()];
    const { browser, request, page } = await logIn(application, person, 'openid', { claims });
    expect(page.text).toContain('see your e-mail address');
    const tokens = await application.redeem(request, (await tick(browser, page, 'email')).url);
    const { email, name } = decodeJwt(tokens.id_token ?? '');
    expect({ email, name }).toEqual({ email: person.email, name: undefined });
    const userinfo = await openid.fetchUserInfo(application.config, tokens.access_token, String(decodeJwt(tokens.id_token ?? '').sub));
    expect(userinfo).toMatchObject({ email_verified: expect.any(Boolean) });
    expect(hasCode((await logIn(application, person, 'openid', { claims })).page)).toBe(true);
  });

  it('of scopes that the application is not registered for are ignored', async () => {
    const [application, person] = [await running.application({ scopes: ['openid', 'profile'] }), await running.person()];
    const { browser, request, page } = await logIn(application, person, 'openid', { claims });
    expect(page.text).not.toContain('e-mail address</label>');
    const tokens = await application.redeem(request, (await tick(browser, page, 'profile')).url);
    const { email, name } = decodeJwt(tokens.id_token ?? '');
    expect({ email, name }).toEqual({ email: undefined, name: person.displayName });
  });
});

describe('max_age', () => {
  it('asks for a new log-in after that many seconds, and the ID token says when the user logged in', async () => {
    const [application, person, browser] = [await running.application(), await running.person(), running.browser()];
    const old = await application.logIn(browser, person);
    const before = decodeJwt(old.id_token ?? '');
    await query(
      running.auth.databaseUrl,
      `UPDATE oauth_record SET payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload ->> 'loginTs')::int - 100))
       WHERE model = 'Session' AND payload ->> 'accountId' = $1`,
      [before.sub],
    );
    const young = await application.begin(ALL, { max_age: '1000' });
    expect(hasCode(await browser.open(young.url))).toBe(true);
    const earlier = await application.begin();
    const late = await application.redeem(earlier, (await browser.open(earlier.url)).url);
    const request = await application.begin(ALL, { max_age: '50' });
    const page = await browser.open(request.url);
    expect(page.title).toBe('Log in – Reputable');
    const landed = await browser.send(page, page.forms[0], { email: person.email, password: person.password });
    const tokens = await application.redeem(request, landed.url);
    const after = decodeJwt(tokens.id_token ?? '')['auth_time'];
    expect(after).toBeGreaterThanOrEqual(Number(before.iat));
    // All three are tokens of one session. Each keeps its own log-in, also when it is refreshed.
    const logInOf = async ({ access_token }: Tokens) => decodeJwt(await running.exchange(access_token))['auth_time'];
    const [began, lateAt] = [Number(before['auth_time']), Number(before['auth_time']) - 100];
    expect([await logInOf(old), await logInOf(late), await logInOf(tokens)]).toEqual([began, lateAt, after]);
    const refreshed = await application.refresh(late.refresh_token);
    expect([await logInOf(refreshed), decodeJwt(refreshed.id_token ?? '')['auth_time']]).toEqual([lateAt, lateAt]);
  });
});

describe('the allowed applications', () => {
  it('are listed with their scopes and last use, page by page', async () => {
    const person = await running.person();
    const [older, newer] = [await running.application({ name: 'Older' }), await running.application({ name: 'Newer' })];
    const first = await logIn(older, person);
    await tick(first.browser, first.page, 'posts:read');
    await newer.logIn(running.browser(), person);
    const user = await asUser(person);
    const page = await user.listAllowedApplications({ pageSize: 1, pageToken: '' });
    expect(page.applications).toMatchObject([{ name: 'Newer', host: new URL(newer.callback).host, scopes: ALL.split(' ') }]);
    expect(page.applications[0]).toMatchObject({ allowedAt: expect.anything(), lastUsedAt: expect.anything() });
    const rest = await user.listAllowedApplications({ pageSize: 1, pageToken: page.nextPageToken });
    expect(rest).toMatchObject({ applications: [{ name: 'Older', scopes: ['openid', 'posts:read'] }], nextPageToken: '' });
    await running.registry.remove(older.id);
    expect((await user.listAllowedApplications({ pageSize: 10, pageToken: '' })).applications).toHaveLength(1);
  });

  it('can be disallowed: all sessions end, and the user is asked again', async () => {
    const [application, person] = [await running.application(), await running.person()];
    const tokens = [await application.logIn(running.browser(), person), await application.logIn(running.browser(), person)];
    const user = await asUser(person);
    const [allowed] = (await user.listAllowedApplications({ pageSize: 10, pageToken: '' })).applications;
    expect(await user.disallowApplication({ id: allowed?.id ?? '' })).toMatchObject({ ended: 2 });
    await expectAudited(running, 'consent_withdrawn', { client_id: application.id, actor_type: 'user' });
    for (const { refresh_token: token } of tokens)
      await expect(application.refresh(token)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(running.exchange(tokens[0]?.access_token ?? '')).rejects.toMatchObject(denied('TOKEN_INVALID'));
    expect((await user.listAllowedApplications({ pageSize: 10, pageToken: '' })).applications).toEqual([]);
    expect(isAsked((await logIn(application, person)).page)).toBe(true);
    // The user's own session goes on.
    expect((await user.listSessions({ pageSize: 10, pageToken: '' })).sessions.length).toBeGreaterThan(0);
  });

  it('that is disallowed while it begins a session keeps none', async () => {
    const [application, person] = [await running.application(), await running.person()];
    await application.logIn(running.browser(), person);
    const user = await asUser(person);
    const [allowed] = (await user.listAllowedApplications({ pageSize: 10, pageToken: '' })).applications;
    await using lock = await HeldLock.take(running.auth.databaseUrl, 'LOCK TABLE session IN SHARE MODE');
    const beginning = logIn(application, person);
    await lock.isAwaited();
    const disallowing = user.disallowApplication({ id: allowed?.id ?? '' });
    await lock.isAwaited(2);
    await lock.release();
    await Promise.all([beginning, disallowing]);
    expect((await running.sessionsOf(application.id)).map((session) => session.end_reason)).toEqual(['ended_by_user', 'ended_by_user']);
  });

  it('of another user cannot be disallowed', async () => {
    const [application, person] = [await running.application(), await running.person()];
    await application.logIn(running.browser(), person);
    const [allowed] = (await (await asUser(person)).listAllowedApplications({ pageSize: 10, pageToken: '' })).applications;
    const id = allowed?.id ?? '';
    const stranger = await asUser(await running.person());
    await expect(stranger.disallowApplication({ id })).rejects.toMatchObject(denied('APPLICATION_NOT_ALLOWED'));
    expect(hasCode((await logIn(application, person, `openid ${API_SCOPES}`)).page)).toBe(true);
  });
});
