import { beforeAll, describe, expect, it } from '@jest/globals';
import { buildEndSessionUrl } from 'openid-client';
import type { Browser, Shown } from '../browser.fixture.ts';
import { type Tokens, walk } from '../oauth.fixture.ts';
import { anOutsider, hasCode, linkIn, type OutsideWorld, SCOPE, sharedOutsideWorld } from '../outside-log-in/outside.fixture.ts';

let outside: OutsideWorld;
/** Where the application wants the browser after the log-out. */
let bye: string;
beforeAll(async () => {
  outside = await sharedOutsideWorld();
  bye = new URL('/bye', outside.digest.callback).href;
});

const TITLE = 'Log out at Provider one, too? – Reputable';

/** A browser in which a user has logged in with a provider, for the application. */
async function aLoggedIn(provider: 'one' | 'two' = 'one'): Promise<{ browser: Browser; tokens: Tokens }> {
  const [browser, request] = [outside.browser(), await outside.digest.begin()];
  const way = await outside.logIn(anOutsider(), provider, { browser, request, page: await browser.open(request.url) });
  const asked = await browser.send(way.answer, way.answer.forms[0]);
  return { browser, tokens: await outside.digest.redeem(request, (await browser.send(asked, asked.forms[0])).url) };
}

/** Logs a browser out for the application, on the page of auth. */
async function logOut(
  browser: Browser,
  { id_token: hint = '' }: Tokens,
  answer: Record<string, string> = { logout: 'yes' },
): Promise<Shown> {
  const url = buildEndSessionUrl(outside.digest.config, { id_token_hint: hint, post_logout_redirect_uri: bye, state: 'a-state' });
  const page = await browser.open(url);
  expect(page.title).toBe('Log out? – Reputable');
  return browser.send(page, page.forms[0], answer);
}

describe('a log-out of a browser whose log-in began at an outside provider (P25)', () => {
  it('leads to the provider, and from there to where the application wants the browser', async () => {
    const { browser, tokens } = await aLoggedIn();
    const page = await logOut(browser, tokens);
    expect(page).toMatchObject({ status: 200, title: TITLE });
    expect(page.headers.get('content-security-policy')).toContain("form-action 'none'");
    const there = linkIn(page);
    expect(page.text).toContain(`content="0; url=${there.href.replaceAll('&', '&amp;')}"`);
    const { state = '', ...parameters } = Object.fromEntries(there.searchParams);
    const back = `${outside.issuer}/log-in-with/one/logged-out`;
    expect(`${there.origin}${there.pathname}`).toBe(`${outside.one.issuer}/log-out`);
    expect(parameters).toEqual({ client_id: 'reputable-one', post_logout_redirect_uri: back });
    expect(state).toMatch(/^[\w-]{43}$/);
    expect((await browser.open(`${back}?state=${state}`)).url.href).toBe(`${bye}?state=a-state`);
    expect((await browser.open(`${back}?state=${state}`)).title).toBe('You are logged out – Reputable');
  });

  it('comes back to a page of auth in another browser, with another state and without one', async () => {
    const { browser, tokens } = await aLoggedIn();
    const { searchParams } = linkIn(await logOut(browser, tokens));
    const back = `${outside.issuer}/log-in-with/one/logged-out`;
    const pages = [
      await outside.browser().open(`${back}?state=${searchParams.get('state') ?? ''}`),
      await browser.open(`${back}?state=${(searchParams.get('state') ?? '').slice(0, 16)}`),
      await browser.open(back),
    ];
    for (const page of pages) expect(page).toMatchObject({ status: 200, title: 'You are logged out – Reputable' });
  });

  it('does not lead to a provider without such an endpoint, nor after a log-in by password', async () => {
    const { browser, tokens } = await aLoggedIn('two');
    expect((await logOut(browser, tokens)).url.href).toBe(`${bye}?state=a-state`);
    const [other, request] = [outside.browser(), await outside.digest.begin()];
    const own = await outside.digest.redeem(request, (await walk(other, request.url, await outside.person())).url);
    expect((await logOut(other, own)).url.href).toBe(`${bye}?state=a-state`);
  });

  it('does not lead to the provider if the user only leaves the application, or logs in to another account', async () => {
    const { browser, tokens } = await aLoggedIn();
    expect((await logOut(browser, tokens, {})).url.href).toBe(`${bye}?state=a-state`);
    const person = await outside.person();
    const page = await browser.open((await outside.client.begin(SCOPE, { prompt: 'login' })).url);
    const switched = await browser.send(page, page.forms[0], { email: person.email, password: person.password });
    expect(hasCode(await browser.send(switched, switched.forms[0]))).toBe(true);
  });

  it('at the gateway names the provider, and only then', async () => {
    const { person } = await outside.aLinkedPerson();
    const { answer, request } = await outside.logIn(person);
    const logOutAs = async ({ access_token: token }: Tokens) => (await outside.authAs({ token: await outside.exchange(token) })).logOut({});
    const { provider } = await logOutAs(await outside.client.redeem(request, answer.url));
    expect(provider?.label).toBe('Provider one');
    expect(provider?.logOutUrl).toMatch(`${outside.one.issuer}/log-out?`);
    const [browser, own] = [outside.browser(), await outside.client.begin(SCOPE)];
    const landed = (await walk(browser, own.url, await outside.person())).url;
    expect((await logOutAs(await outside.client.redeem(own, landed))).provider).toBeUndefined();
  });
});
