import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HeldLock, query } from '@reputable/testing';
import { setTimeout } from 'node:timers/promises';
import { sharedAuthWorld } from '../auth.fixture.ts';
import type { Browser } from '../browser.fixture.ts';
import { type Application, type OAuthWorld, openOAuthWorld, type Person, walk } from '../oauth.fixture.ts';

let running: OAuthWorld;
let client: Application;
beforeAll(async () => {
  running = await openOAuthWorld(await sharedAuthWorld());
  client = await running.gateway();
});
afterAll(async () => {
  await running.end();
});

const SCOPE = 'openid account posts:read';

type User = Awaited<ReturnType<OAuthWorld['authAs']>>;

/** A client of auth in the name of a user with this opaque token. */
const asUser = async (token = '') => running.authAs({ token: await running.exchange(token) });

const elsewhere = async (person: Person) => asUser((await (await running.authAs()).logIn(person)).tokens?.accessToken);

const liveSessionsOf = ({ email }: Person) =>
  query(
    running.auth.databaseUrl,
    `SELECT client_id FROM session WHERE ended_at IS NULL AND client_id = 'gateway' AND account_id = (SELECT id FROM account WHERE email = $1)`,
    [email],
  );

/** Sends authorization requests with a browser's cookies, all the time, while `work` runs. */
async function hammering(browser: Browser, work: () => Promise<unknown>): Promise<void> {
  const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const { url } = await client.begin(SCOPE, { prompt: 'none' });
  const stop = new AbortController();
  const thieves = Array.from({ length: 8 }, async () => {
    while (!stop.signal.aborted) await (await fetch(url, { headers: { cookie }, redirect: 'manual' })).text();
  });
  await setTimeout(150);
  await work();
  await setTimeout(150);
  stop.abort();
  await Promise.all(thieves);
}

describe('a copied cookie of a log-in that is used all the time', () => {
  it.each<[string, (person: Person, user: User, sameLogIn: User) => Promise<unknown>]>([
    ['the end of all other sessions', (_, user) => user.endOtherSessions({})],
    [
      'a changed password',
      ({ password, address }, user) => user.changePassword({ currentPassword: password, newPassword: 'another horse battery', address }),
    ],
    ['a log-out of the browser', (_person, _user, sameLogIn) => sameLogIn.logOut({})],
  ])('ends with %s, and so do the sessions that it begins (A5)', async (_, end) => {
    const [person, browser] = [await running.person(), running.browser()];
    const request = await client.begin(SCOPE);
    const tokens = await client.redeem(request, (await walk(browser, request.url, person)).url);
    const [user, sameLogIn] = [await elsewhere(person), await asUser(tokens.access_token)];
    await hammering(browser, () => end(person, user, sameLogIn));
    expect((await browser.open((await client.begin(SCOPE)).url)).title).toBe('Log in – Reputable');
    expect(await liveSessionsOf(person)).toEqual([]);
  });
});

describe('a log-in that the browser is about to complete', () => {
  it('ends with the end of all other sessions, and so does the session that it begins (A5)', async () => {
    const [person, browser] = [await running.person(), running.browser()];
    const user = await elsewhere(person);
    const page = await browser.open((await client.begin(SCOPE)).url);
    // The interaction is over, and the session has not begun.
    await using lock = await HeldLock.take(running.auth.databaseUrl, 'LOCK TABLE session IN SHARE MODE');
    const loggingIn = browser.send(page, page.forms[0], { email: person.email, password: person.password });
    await lock.isAwaited();
    const ending = user.endOtherSessions({});
    await lock.isAwaited(2);
    await lock.release();
    await Promise.all([loggingIn, ending]);
    expect((await browser.open((await client.begin(SCOPE)).url)).title).toBe('Log in – Reputable');
    expect(await liveSessionsOf(person)).toEqual([]);
  });
});
