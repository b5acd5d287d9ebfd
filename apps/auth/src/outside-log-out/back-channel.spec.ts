import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClientSession, LogOutTokenOptions } from '@reputable/provider';
import { denied, eventually } from '@reputable/testing';
import { decodeJwt } from 'jose';
import { createHmac } from 'node:crypto';
import { anOutsider, type OnTheWay, type OutsideWorld, SCOPE, sharedOutsideWorld } from '../outside-log-in/outside.fixture.ts';
import { type Request, type Tokens, walk } from '../oauth.fixture.ts';
import type { Shown } from '../browser.fixture.ts';

let outside: OutsideWorld;
beforeAll(async () => {
  outside = await sharedOutsideWorld();
});

type Distort = NonNullable<LogOutTokenOptions['distort']>;

const now = () => Math.floor(Date.now() / 1000);

/** A session here, with its session at a provider. */
interface Begun extends OnTheWay {
  readonly tokens: Tokens;
  /** The id of the session here. */
  readonly id: string;
  readonly there: ClientSession;
}

/** The session here that a browser gets at the end of an authorization request. */
async function begun(way: OnTheWay, done: Shown, provider: 'one' | 'two', subject: string): Promise<Begun> {
  const tokens = await outside.client.redeem(way.request, done.url);
  const there = outside[provider].sessionsOf(subject).at(-1);
  if (!there) throw new Error(`${subject} has no session at provider ${provider}.`);
  return { ...way, tokens, id: await idOf(tokens), there };
}

/** The id of the session that tokens belong to. */
const idOf = async (tokens: Tokens) => String(decodeJwt(await outside.exchange(tokens.access_token))['sid']);

/** A person with a password and a log-in with provider one, and the session that linked it. */
async function aMember() {
  const person = await outside.person();
  const outsider = anOutsider({ email: person.email });
  const link = async (provider: 'one' | 'two') => {
    const way = await outside.logIn(outsider, provider);
    const done = await way.browser.send(way.answer, way.answer.forms[0], { password: person.password });
    return begun(way, done, provider, outsider.subject);
  };
  return {
    outsider,
    link,
    linked: await link('one'),
    logIn: async () => {
      const way = await outside.logIn(outsider);
      return begun(way, way.answer, 'one', outsider.subject);
    },
    logInByPassword: async () => {
      const [browser, request] = [outside.browser(), await outside.client.begin(SCOPE)];
      return { browser, id: await idOf(await outside.client.redeem(request, (await walk(browser, request.url, person)).url)) };
    },
  };
}

/** Posts a logout token, as a provider does. */
const post = (token: string, provider = 'one') => postForm(`logout_token=${token}`, provider);

const postForm = (body: string, provider = 'one', type = 'application/x-www-form-urlencoded') =>
  fetch(`${outside.issuer}/log-in-with/${provider}/back-channel-log-out`, { method: 'POST', body, headers: { 'content-type': type } });

const token = ({ there }: Begun, about: Partial<LogOutTokenOptions> = {}) => outside.one.logOutToken({ ...there, ...about });

/** A token about a user, and about no session. */
const tokenOfUser = ({ there: { clientId, subject } }: Begun, about: Partial<LogOutTokenOptions> = {}) =>
  outside.one.logOutToken({ clientId, subject, ...about });

/** Whether the log-in of a browser goes on without a page. */
async function isLoggedIn({ browser }: Pick<OnTheWay, 'browser'>): Promise<boolean> {
  const request: Request = await outside.client.begin(SCOPE);
  return (await browser.open(request.url)).url.pathname === '/auth/callback';
}

const reasons = (...sessions: readonly { readonly id: string }[]) => Promise.all(sessions.map(({ id }) => outside.endOf(id)));

describe('a logout token of an outside provider (P25)', () => {
  it('ends the session that began with this `sid`, its tokens and the log-in of its browser, and no others', async () => {
    const member = await aMember();
    const [ended, other] = [await member.logIn(), await member.logIn()];
    const others = [member.linked, other, await member.logInByPassword(), await member.link('two')];
    const signed = await outside.exchange(ended.tokens.access_token);
    expect(await outside.one.logOut(ended.there.sid)).toEqual([200]);
    expect(await reasons(ended, ...others)).toEqual(['logged_out_at_provider', null, null, null, null]);
    await expect(outside.client.refresh(ended.tokens.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(outside.exchange(ended.tokens.access_token)).rejects.toMatchObject(denied('TOKEN_INVALID'));
    await eventually(async () => {
      await expect((await outside.authAs({ token: signed })).listSessions({})).rejects.toMatchObject(denied('TOKEN_REVOKED'));
    }, 1_000);
    expect(await Promise.all([ended, ...others].map(isLoggedIn))).toEqual([false, true, true, true, true]);
  });

  it('without a `sid` ends all sessions that began with this provider for this user, and no others', async () => {
    const member = await aMember();
    const sessions = [member.linked, await member.logIn(), await member.logInByPassword(), await member.link('two')];
    const stranger = (await aMember()).linked;
    const response = await post(await tokenOfUser(member.linked));
    expect([response.status, await response.text(), response.headers.get('cache-control')]).toEqual([200, '', 'no-store']);
    const over = 'logged_out_at_provider';
    expect(await reasons(...sessions, stranger)).toEqual([over, over, null, null, null]);
  });

  it('without a `sub` ends the session with this `sid`', async () => {
    const { linked } = await aMember();
    const { clientId, sid } = linked.there;
    expect((await post(await outside.one.logOutToken({ clientId, sid }))).status).toBe(200);
    expect(await reasons(linked)).toEqual(['logged_out_at_provider']);
  });

  it('ends the sessions of all applications of the log-in, but not those that began before it', async () => {
    const member = await aMember();
    const before = await member.logInByPassword();
    const { browser } = before;
    const request = await outside.client.begin(SCOPE, { prompt: 'login' });
    const way = await outside.logIn(member.outsider, 'one', { browser, request, page: await browser.open(request.url) });
    const asked = await browser.open((await outside.digest.begin()).url);
    await browser.send(asked, asked.forms[0]);
    const after = (await outside.sessionsOf(outside.digest.id)).at(-1) ?? { id: '' };
    await post(await token(await begun(way, way.answer, 'one', member.outsider.subject)));
    expect(await reasons(before, after)).toEqual([null, 'logged_out_at_provider']);
    expect(await isLoggedIn(before)).toBe(false);
  });

  it('also ends a log-in that waits for the user', async () => {
    const person = anOutsider();
    const { browser, answer } = await outside.logIn(person);
    expect(answer.title).toBe('Create an account – Reputable');
    const [there] = outside.one.sessionsOf(person.subject);
    expect(await outside.one.logOut(there?.sid ?? '')).toEqual([200]);
    expect((await browser.send(answer, answer.forms[0])).status).toBe(410);
    expect(await outside.accountOf(person.email)).toBeUndefined();
  });

  it('is used once, also by 20 parallel requests (A16)', async () => {
    const { linked } = await aMember();
    const one = await token(linked);
    const statuses = (await Promise.all(Array.from({ length: 20 }, () => post(one)))).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array<number>(19).fill(400)]);
    expect((await post(one)).status).toBe(400);
  });

  it('of a key that the provider has just replaced is accepted after five seconds at most', async () => {
    const { linked } = await aMember();
    await outside.one.rotateKeys();
    await eventually(async () => {
      expect((await post(await token(linked))).status).toBe(200);
    }, 6_000);
  });
});

describe('a logout token that ends nothing', () => {
  let linked: Begun;
  beforeAll(async () => {
    ({ linked } = await aMember());
  });
  afterEach(async () => {
    expect(await reasons(linked)).toEqual([null]);
  });

  it('is accepted with the `sid` of another session, or another `sub`', async () => {
    const tokens = [token(linked, { sid: 'another' }), token(linked, { subject: 'another' }), tokenOfUser(linked, { subject: 'another' })];
    for (const each of tokens) expect((await post(await each)).status).toBe(200);
  });

  it.each<[string, Distort]>([
    ['of another issuer', (claims) => (claims['iss'] = outside.two.issuer)],
    ['of an issuer with a slash more', (claims) => (claims['iss'] = `${outside.one.issuer}/`)],
    ['for another audience', (claims) => (claims['aud'] = 'another-client')],
    ['without an audience', (claims) => (claims['aud'] = undefined)],
    ['without `iat`', (claims) => (claims['iat'] = undefined as unknown as number)],
    ['issued too long ago', (claims) => Object.assign(claims, { iat: now() - 310, exp: now() + 60 })],
    ['issued in the future', (claims) => Object.assign(claims, { iat: now() + 190, exp: now() + 300 })],
    ['that has expired', (claims) => (claims.exp = now() - 181)],
    ['without `exp`', (claims) => (claims.exp = undefined as unknown as number)],
    ['without `jti`', (claims) => (claims['jti'] = undefined)],
    ['with a number as `jti`', (claims) => (claims['jti'] = 1)],
    ['without `events`', (claims) => (claims['events'] = undefined)],
    ['with another event', (claims) => (claims['events'] = { 'http://schemas.openid.net/event/other': {} })],
    ['with an event that is no object', (claims) => (claims['events'] = { 'http://schemas.openid.net/event/backchannel-logout': true })],
    ['with a nonce', (claims) => (claims['nonce'] = 'a-nonce')],
    ['with neither `sub` nor `sid`', (claims) => Object.assign(claims, { sub: undefined, sid: undefined })],
    ['with an object as `sid`', (claims) => (claims['sid'] = {})],
    ['of another type', (_, header) => (header['typ'] = 'at+jwt')],
  ])('is refused %s', async (_, distort) => {
    const response = await post(await token(linked, { distort }));
    expect([response.status, response.headers.get('cache-control')]).toEqual([400, 'no-store']);
  });

  it('of another key is refused', async () => {
    expect((await post(await token(linked, { hasForeignKey: true }))).status).toBe(400);
  });

  it('is refused without a signature, and with one of the client secret', async () => {
    const [, claims = ''] = (await token(linked)).split('.');
    const encoded = (header: object) => Buffer.from(JSON.stringify(header)).toString('base64url');
    const unsigned = `${encoded({ alg: 'none', typ: 'logout+jwt' })}.${claims}`;
    expect((await post(`${unsigned}.`)).status).toBe(400);
    const symmetric = `${encoded({ alg: 'HS256', typ: 'logout+jwt' })}.${claims}`;
    const signature = createHmac('sha256', 'a secret').update(symmetric).digest('base64url');
    expect((await post(`${symmetric}.${signature}`)).status).toBe(400);
  });

  it('of one provider is refused at the URL of the other (mix-up)', async () => {
    expect((await post(await token(linked), 'two')).status).toBe(400);
    const ofTwo = await outside.two.logOutToken({ ...linked.there });
    expect((await post(ofTwo)).status).toBe(400);
    // A true token of the other provider, for a user and a session that it calls the same.
    expect((await post(await outside.two.logOutToken({ ...linked.there, clientId: 'reputable-two' }), 'two')).status).toBe(200);
  });

  it.each<[string, string, string, number]>([
    ['no token', 'x=1', 'application/x-www-form-urlencoded', 400],
    ['two tokens', 'logout_token=a&logout_token=b', 'application/x-www-form-urlencoded', 400],
    ['no JWT', 'logout_token=x', 'application/x-www-form-urlencoded', 400],
    ['no form', '"logout_token"', 'application/json', 400],
    ['too much', `logout_token=${'x'.repeat(5_000)}`, 'application/x-www-form-urlencoded', 413],
  ])('is refused as %s', async (_what, body, type, status) => {
    const response = await postForm(body, 'one', type);
    expect([response.status, response.headers.get('cache-control')]).toEqual([status, 'no-store']);
  });

  it('of a provider that does not exist is not found', async () => {
    expect((await postForm('logout_token=x', 'three')).status).toBe(404);
  });
});
