import { beforeAll, describe, expect, it } from '@jest/globals';
import { query } from '@reputable/testing';
import { anOutsider, hasCode, type OnTheWay, type OutsideWorld, sharedOutsideWorld } from './outside.fixture.ts';

let outside: OutsideWorld;
beforeAll(async () => {
  outside = await sharedOutsideWorld();
});

/** Sends a way's answer from a browser again, changed. */
const changed = (url: URL, changes: Record<string, string | null>) => {
  const next = new URL(url);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) next.searchParams.delete(name);
    else next.searchParams.set(name, value);
  }
  return next;
};

/** A browser on its way to provider one, and the answer that it would come back with. */
async function answered(person = anOutsider()): Promise<OnTheWay & { landed: URL }> {
  const way = await outside.goTo('one');
  return { ...way, landed: await outside.one.authorize(way.url, person) };
}

describe('an answer of a provider', () => {
  it('is used once (A16)', async () => {
    const { browser, landed } = await answered((await outside.aLinkedPerson()).person);
    const cookies = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const raw = () => fetch(landed, { headers: { cookie: cookies, accept: 'text/html' }, redirect: 'manual' });
    const statuses = (await Promise.all(Array.from({ length: 20 }, raw))).map(({ status }) => status).sort();
    expect(statuses).toEqual([303, ...Array<number>(19).fill(410)]);
    expect((await raw()).status).toBe(410);
  });

  it('without the cookie of its log-in, or in another browser, does nothing and says why', async () => {
    const { browser, landed } = await answered();
    const other = await outside.goTo('one');
    browser.forgetCookies();
    for (const stranger of [browser, other.browser]) {
      expect(await stranger.open(landed)).toMatchObject({ status: 400, title: 'This browser did not begin this log-in – Reputable' });
    }
    // With the cookie's name of the victim's log-in, and a secret of the attacker.
    const [cookie] = other.browser.cookies.filter(({ name }) => name.startsWith('__Host-outside'));
    const name = `__Host-outside-${(landed.searchParams.get('state') ?? '').slice(0, 16)}`;
    const forged = await fetch(landed, { headers: { cookie: `${name}=${cookie?.value ?? ''}`, accept: 'text/html' }, redirect: 'manual' });
    expect(forged.status).toBe(400);
  });

  it('in another browser stays there: only the browser of the authorization request logs in', async () => {
    const { browser, landed } = await answered((await outside.aLinkedPerson()).person);
    const [cookie] = browser.cookies.filter(({ name }) => name.startsWith('__Host-outside'));
    const taken = await fetch(landed, { headers: { cookie: `${cookie?.name ?? ''}=${cookie?.value ?? ''}` }, redirect: 'manual' });
    const next = taken.headers.get('location') ?? '';
    expect(next).toMatch(/^\/oidc\/interaction\/[^/]+\/outside\/[^/]+$/);
    expect((await outside.browser().open(next)).status).toBe(400);
    const other = await outside.atLogIn();
    const moved = next.replace(/interaction\/[^/]+/, `interaction/${other.page.url.pathname.split('/').at(-1) ?? ''}`);
    expect((await other.browser.open(moved)).status).toBe(410);
  });

  it.each([
    ['another state', { state: 'x'.repeat(43) }, 400, 'This browser did not begin this log-in'],
    ['no state', { state: null }, 400, 'This browser did not begin this log-in'],
    ['no issuer, though the provider announces it', { iss: null }, 400, 'The answer of Provider one is not valid'],
    ['the issuer of another provider', { iss: 'https://accounts.example.com' }, 400, 'The answer of Provider one is not valid'],
    ['no code', { code: null }, 400, 'The answer of Provider one is not valid'],
    ['a denial', { code: null, error: 'access_denied' }, 200, 'You did not log in with Provider one'],
    ['an outage', { code: null, error: 'temporarily_unavailable' }, 503, 'Provider one does not answer'],
    ['an error', { code: null, error: 'invalid_request' }, 400, 'The answer of Provider one is not valid'],
  ])('with %s is refused, and the log-in page is left as it was', async (_what, changes, status, title) => {
    const { browser, landed, request, page } = await answered((await outside.aLinkedPerson()).person);
    const refused = await browser.open(changed(landed, changes));
    expect(refused).toMatchObject({ status, title: `${title} – Reputable` });
    expect(page.status).toBe(200);
    expect(
      hasCode(
        (await outside.logIn((await outside.aLinkedPerson()).person, 'one', { browser, request, page: await browser.open(request.url) }))
          .answer,
      ),
    ).toBe(true);
  });

  it('of one provider is not accepted at the redirect URI of the other (mix-up)', async () => {
    // The user chose two, which is evil and sends the browser on to one.
    const way = await outside.goTo('two');
    const toOne = changed(way.url, { client_id: 'reputable-one', redirect_uri: `${outside.issuer}/log-in-with/one/callback` });
    const landed = await outside.one.authorize(toOne, anOutsider());
    expect(landed.pathname).toBe('/log-in-with/one/callback');
    expect(await way.browser.open(landed)).toMatchObject({ status: 410 });
    // One that accepts a redirect URI of another provider is told by its `iss`.
    const again = await outside.goTo('two');
    const wrong = await outside.one.authorize(again.url, anOutsider());
    expect(wrong.pathname).toBe('/log-in-with/two/callback');
    expect(await again.browser.open(wrong)).toMatchObject({ status: 400, title: 'The answer of Provider two is not valid – Reputable' });
  });

  it('of two providers with the same subject are two users', async () => {
    const { person, id } = await outside.aLinkedPerson();
    const { answer } = await outside.logIn({ ...person, email: anOutsider().email }, 'two');
    expect(answer.title).toBe('Create an account – Reputable');
    expect(await outside.linksOf(id)).toHaveLength(1);
  });
});

describe('an ID token', () => {
  const now = () => Math.floor(Date.now() / 1000);

  it.each<[string, (claims: Record<string, unknown>) => unknown, string]>([
    ['another nonce', (claims) => (claims['nonce'] = 'x'.repeat(43)), 'The answer of Provider one is not valid'],
    ['no nonce', (claims) => delete claims['nonce'], 'The answer of Provider one is not valid'],
    ['another audience', (claims) => (claims['aud'] = 'another-client'), 'The answer of Provider one is not valid'],
    [
      'another authorized party',
      (claims) => Object.assign(claims, { aud: ['reputable-one', 'b'], azp: 'b' }),
      'The answer of Provider one is not valid',
    ],
    ['the issuer of the other provider', (claims) => (claims['iss'] = outside.two.issuer), 'The answer of Provider one is not valid'],
    ['no subject', (claims) => delete claims['sub'], 'The answer of Provider one is not valid'],
    ['an expiry more than three minutes ago', (claims) => (claims['exp'] = now() - 190), 'The time of Provider one is wrong'],
    ['a beginning in more than three minutes', (claims) => (claims['nbf'] = now() + 200), 'The time of Provider one is wrong'],
  ])('with %s is refused', async (_what, distort, title) => {
    const { person } = await outside.aLinkedPerson();
    outside.one.distort = distort;
    const { answer } = await outside.logIn(person).finally(() => (outside.one.distort = () => undefined));
    expect(answer).toMatchObject({ title: `${title} – Reputable` });
    expect([400, 502]).toContain(answer.status);
  });

  it('of another key is refused', async () => {
    const { person } = await outside.aLinkedPerson();
    const way = await answered(person);
    outside.one.hasForeignKeys = true;
    const answer = await way.browser.open(way.landed).finally(() => (outside.one.hasForeignKeys = false));
    expect(answer).toMatchObject({ status: 400, title: 'The answer of Provider one is not valid – Reputable' });
  });

  it.each([-120, 120])('of a provider whose clock is %i seconds off is accepted', async (clockS) => {
    const { person } = await outside.aLinkedPerson();
    outside.one.clockS = clockS;
    const { answer } = await outside.logIn(person).finally(() => (outside.one.clockS = 0));
    expect(hasCode(answer)).toBe(true);
  });

  it('of a provider whose clock is five minutes fast is refused, with an explanation', async () => {
    const { person } = await outside.aLinkedPerson();
    outside.one.clockS = 300;
    const { answer } = await outside.logIn(person).finally(() => (outside.one.clockS = 0));
    expect(answer).toMatchObject({ status: 502, title: 'The time of Provider one is wrong – Reputable' });
  });

  it('of a key that the provider has just replaced is accepted at once', async () => {
    const { person } = await outside.aLinkedPerson();
    for (let turn = 0; turn < 2; turn += 1) {
      await outside.one.rotateKeys();
      expect(hasCode((await outside.logIn(person)).answer)).toBe(true);
    }
  });
});

it('neither tokens nor secrets of a provider are stored or logged (A20)', async () => {
  const { url, landed, browser } = await answered();
  await browser.open(landed);
  const stored = await query<{ text: string }>(outside.auth.databaseUrl, 'SELECT o::text AS text FROM outside_log_in o');
  const [state, nonce] = [url.searchParams.get('state') ?? '', url.searchParams.get('nonce') ?? ''];
  const text = [...stored.map((row) => row.text), outside.auth.log()].join('\n');
  for (const secret of [state, nonce, landed.searchParams.get('code') ?? '', 'a secret', 'eyJ']) expect(text).not.toContain(secret);
});

describe('a provider that does not answer', () => {
  it('between the log-in page and its answer, is explained, and the user can go on', async () => {
    const { person } = await outside.aLinkedPerson();
    const { browser, landed, request } = await answered(person);
    outside.one.isUp = false;
    const down = await browser.open(landed).finally(() => (outside.one.isUp = true));
    expect(down).toMatchObject({ status: 503, title: 'Provider one does not answer – Reputable' });
    const back = await browser.open(/href="([^"]+)"/.exec(down.text)?.[1] ?? '');
    expect(back.title).toBe('Log in – Reputable');
    expect(hasCode((await outside.logIn(person, 'one', { browser, request, page: back })).answer)).toBe(true);
  });

  it('that does not exist is not found', async () => {
    const at = await outside.atLogIn();
    const form = { action: `${at.page.url.pathname}/provider/three`, fields: {} };
    expect(await at.browser.send(at.page, form)).toMatchObject({ status: 404, title: 'This provider does not exist – Reputable' });
    expect((await at.browser.open('/log-in-with/three/callback?state=x')).status).toBe(404);
  });

  it('needs the form of our page', async () => {
    const at = await outside.atLogIn();
    const form = at.page.forms.find(({ action }) => action.endsWith('/provider/one'));
    expect((await at.browser.send(at.page, form, {}, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });
});
