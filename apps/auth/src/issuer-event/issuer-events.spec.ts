import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestIssuer } from '@reputable/auth/testing';
import { denied, eventually, HeldLock, query } from '@reputable/testing';
import { decodeJwt } from 'jose';
import { randomUUID } from 'node:crypto';
import { aPerson, expectAudited } from '../auth.fixture.ts';
import type { OAuthWorld } from '../oauth.fixture.ts';
import type { IntrospectingIssuer } from '../token-issuer/introspecting-issuer.fixture.ts';
import type { TestTransmitter } from '../token-issuer/test-transmitter.fixture.ts';
import { BEARER, sharedIssuerWorld } from '../token-issuer/issuer.fixture.ts';

let running: OAuthWorld;
let acme: TestIssuer;
let acmeEvents: TestTransmitter;
let partner: TestIssuer;
let hydra: IntrospectingIssuer;
let hydraEvents: TestTransmitter;

beforeAll(async () => {
  ({ running, acme, acmeEvents, partner, hydra, hydraEvents } = await sharedIssuerWorld());
});

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type';
const RISC = 'https://schemas.openid.net/secevent/risc/event-type';
const REVOKED = `${CAEP}/session-revoked`;
const LOGOUT = 'http://schemas.openid.net/event/backchannel-logout';

const now = () => Math.floor(Date.now() / 1000);

/** A user of the realm. */
interface Person {
  readonly sub: string;
}
const aUser = (): Person => ({ sub: randomUUID() });

/** An access token of the realm. */
const tokenOf = ({ sub }: Person, claims: object = {}) =>
  acme.sign(
    {
      ...{
        iss: acme.url,
        iat: now(),
        exp: now() + 300,
        aud: 'reputable',
        typ: 'Bearer',
        azp: 'web',
        sub,
        sid: randomUUID(),
        scope: 'openid',
      },
      ...claims,
    },
    { typ: 'JWT' },
  );

/** A session here that began with a token of the realm. */
async function begun(person: Person, claims: object = {}) {
  const sid = randomUUID();
  const token = await tokenOf(person, { sid, ...claims });
  const jwt = await running.exchange(token);
  const { sid: id, sub: userId } = decodeJwt<{ sid: string; sub: string }>(jwt);
  return { sid, token, jwt, id, userId };
}
type Begun = Awaited<ReturnType<typeof begun>>;

const iss_sub = ({ sub }: Person, iss = acme.url) => ({ format: 'iss_sub', iss, sub });
const opaque = (id: string) => ({ format: 'opaque', id });

type Claims = Record<string, unknown>;

/** A security event token of the realm. */
const aSet = (events: Claims | string, subject: unknown, claims: Claims = {}, header: Claims = {}) =>
  acme.sign(
    {
      ...{ iss: acme.url, iat: now(), jti: randomUUID(), aud: 'reputable-events', sub_id: subject },
      events: typeof events === 'string' ? { [events]: { event_timestamp: now() } } : events,
      ...claims,
    },
    { typ: 'secevent+jwt', ...header },
  );

const url = (path: string) => `${running.issuer}/issuers/${path}`;

/** Pushes a security event token (RFC 8935). Returns the status, and the error. */
async function push(
  token: string,
  { to = 'acme', headers = {} }: { readonly to?: string; readonly headers?: Record<string, string> } = {},
) {
  const type = { 'content-type': 'application/secevent+jwt', accept: 'application/json' };
  const response = await fetch(url(`${to}/events`), { method: 'POST', body: token, headers: { ...type, ...headers } });
  expect([response.headers.get('cache-control'), response.status]).toEqual(['no-store', response.status]);
  const text = await response.text();
  return { status: response.status, ...(text === '' ? {} : (JSON.parse(text) as { err?: string; description?: string; error?: string })) };
}
const ACCEPTED = { status: 202 };
const refusedWith = (err: string) => ({ status: 400, err, description: expect.any(String) });

const endsOf = (...sessions: Begun[]) => Promise.all(sessions.map(({ id }) => running.endOf(id)));
const OVER = 'logged_out_at_provider';
const TOKEN_REVOKED = denied('TOKEN_REVOKED');

describe('a security event token of an issuer (P24)', () => {
  it('ends the session that it names, its JWT in all services, and the tokens of the session', async () => {
    const person = aUser();
    const [ended, other] = [await begun(person), await begun(person)];
    const subject = { format: 'complex', user: iss_sub(person), session: opaque(ended.sid), tenant: opaque('acme') };
    expect(await push(await aSet(REVOKED, subject))).toEqual(ACCEPTED);
    expect(await endsOf(ended, other)).toEqual([OVER, null]);
    await expectAudited(running, 'issuer_event_applied', { actor_type: 'issuer', actor_id: acme.url, effects: 'end' });
    await expectAudited(running, 'log_out', { session_id: ended.id, actor_type: 'issuer', reason: OVER });
    await expectAudited(running, 'log_in', { user_id: ended.userId, method: 'issuer', issuer: acme.url });
    await eventually(async () => {
      await expect((await running.authAs({ token: ended.jwt })).listSessions({})).rejects.toMatchObject(TOKEN_REVOKED);
    }, 1_000);
    await expect(running.exchange(await tokenOf(person, { sid: ended.sid, iat: now() + 2 }))).rejects.toMatchObject(TOKEN_REVOKED);
    await (await running.authAs({ token: other.jwt })).listSessions({});
  });

  it.each([`${CAEP}/session-revoked`, `${RISC}/account-disabled`, `${RISC}/account-purged`, `${RISC}/sessions-revoked`])(
    'ends all sessions of a user at this issuer: %s',
    async (event) => {
      const person = aUser();
      const sessions = [await begun(person), await begun(person), await begun(person, { azp: 'tool', scope: 'votes:write' })];
      const others = [await begun(aUser())];
      const unseen = await tokenOf(person, { iat: now() - 60, exp: now() + 200 });
      expect(await push(await aSet(event, iss_sub(person)))).toEqual(ACCEPTED);
      expect(await endsOf(...sessions, ...others)).toEqual([OVER, OVER, OVER, null]);
      // A session of before that is unknown here does not begin. One that begins later does.
      await expect(running.exchange(unseen)).rejects.toMatchObject(TOKEN_REVOKED);
      const later = await tokenOf(person, { iat: now() });
      await query(running.auth.databaseUrl, "UPDATE issuer_log_out SET ended_at = ended_at - interval '10 seconds' WHERE subject = $1", [
        person.sub,
      ]);
      await running.exchange(later);
    },
  );

  it('also ends the sessions that began with a log-in at the issuer', async () => {
    const person = aUser();
    const { id } = decodeJwt<{ id: string; sid: string }>((await begun(person)).jwt);
    expect(id).toBeUndefined();
    const { tokens } = await running.join(aPerson());
    const sid = String(decodeJwt(await running.exchange(tokens?.accessToken ?? '')).sid);
    const uid = randomUUID();
    await query(
      running.auth.databaseUrl,
      "INSERT INTO outside_session (login_uid, issuer, subject, begun_at) VALUES ($1, $2, $3, now() - interval '1 day')",
      [uid, acme.url, person.sub],
    );
    await query(running.auth.databaseUrl, 'UPDATE session SET login_uid = $1 WHERE id = $2', [uid, sid]);
    expect(await push(await aSet(REVOKED, iss_sub(person)))).toEqual(ACCEPTED);
    expect(await running.endOf(sid)).toBe(OVER);
  });

  it('waits for what ends all sessions of the user at the same time', async () => {
    const [person, logIn] = [aUser(), randomUUID()];
    const session = await begun(person);
    const { databaseUrl } = running.auth;
    await query(databaseUrl, 'INSERT INTO outside_session (login_uid, issuer, subject) VALUES ($1, $2, $3)', [logIn, acme.url, person.sub]);
    // The locks of the end of all sessions: a log-in first.
    await using others = await HeldLock.take(databaseUrl, `SELECT pg_advisory_xact_lock(hashtextextended('${logIn}', 0))`);
    const pushed = push(await aSet(REVOKED, iss_sub(person)));
    await others.isAwaited();
    await others.release(`SELECT 1 FROM session WHERE id = '${session.id}' FOR UPDATE`);
    expect(await pushed).toEqual(ACCEPTED);
    expect(await endsOf(session)).toEqual([OVER]);
  });

  it('names a user or a session by an opaque id, or within an event as in earlier drafts', async () => {
    const [person, other] = [aUser(), aUser()];
    const sessions = [await begun(person), await begun(other), await begun(aUser())] as const;
    await push(await aSet(REVOKED, opaque(person.sub)));
    await push(await aSet(REVOKED, opaque(sessions[1].sid)));
    await push(await aSet({ [REVOKED]: { subject: opaque(sessions[2].sid) } }, undefined));
    expect(await endsOf(...sessions)).toEqual([OVER, OVER, OVER]);
  });

  it.each(['token-claims-change', 'credential-change'])('has claims fetched afresh: %s', async (event) => {
    const person = aUser();
    const session = await begun(person);
    expect(await push(await aSet(`${CAEP}/${event}`, iss_sub(person)))).toEqual(ACCEPTED);
    await eventually(async () => {
      await expect((await running.authAs({ token: session.jwt })).listSessions({})).rejects.toMatchObject(TOKEN_REVOKED);
    }, 1_000);
    expect(await endsOf(session)).toEqual([null]);
    const fresh = await running.exchange(session.token);
    expect(decodeJwt(fresh).sid).toBe(session.id);
    await (await running.authAs({ token: fresh })).listSessions({});
  });

  it('has an effect once, also if 20 arrive at once, and is accepted each time', async () => {
    const person = aUser();
    const first = await begun(person);
    const token = await aSet(REVOKED, opaque(first.sid));
    const answers = await Promise.all(Array.from({ length: 20 }, () => push(token)));
    expect(answers).toEqual(answers.map(() => ACCEPTED));
    const logOuts = () => query(running.auth.databaseUrl, 'SELECT FROM issuer_log_out WHERE sid = $1', [first.sid]);
    expect(await logOuts()).toHaveLength(1);
  });

  it.each<[string, (person: Person, sid: string) => unknown]>([
    ['an unknown user', () => iss_sub(aUser())],
    ['a user of another issuer', (person) => iss_sub(person, 'https://other.example')],
    ['a session of a user of another issuer', (person, sid) => ({ user: iss_sub(person, 'https://other.example'), session: opaque(sid) })],
    ['an e-mail address', () => ({ format: 'email', email: 'ada@example.com' })],
    ['a device alone', () => ({ format: 'complex', device: opaque('phone') })],
    ['nothing', () => undefined],
  ])('is accepted without effect about %s', async (_what, subject) => {
    const person = aUser();
    const session = await begun(person);
    const accounts = () => query(running.auth.databaseUrl, 'SELECT FROM account');
    const before = (await accounts()).length;
    expect(await push(await aSet(REVOKED, subject(person, session.sid)))).toEqual(ACCEPTED);
    expect([await endsOf(session), (await accounts()).length]).toEqual([[null], before]);
  });

  it('is accepted without effect with events that we do not know', async () => {
    const person = aUser();
    const session = await begun(person);
    const verification = 'https://schemas.openid.net/secevent/ssf/event-type/verification';
    expect(await push(await aSet(verification, iss_sub(person)))).toEqual(ACCEPTED);
    expect(await endsOf(session)).toEqual([null]);
  });

  it('of another issuer is about its own users alone', async () => {
    const person = aUser();
    const session = await begun(person);
    const headers = { authorization: `Bearer ${BEARER}` };
    const events = { [REVOKED]: {} };
    for (const subject of [iss_sub(person), opaque(person.sub), opaque(session.sid)]) {
      const claims = { iss: partner.url, iat: now(), jti: randomUUID(), aud: 'reputable-events', sub_id: subject, events };
      expect(await push(await partner.sign(claims, { typ: 'secevent+jwt' }), { to: 'partner', headers })).toEqual(ACCEPTED);
    }
    expect(await endsOf(session)).toEqual([null]);
  });
});

describe('a security event token is refused', () => {
  let person: Person;
  let session: Begun;
  beforeEach(async () => {
    person = aUser();
    session = await begun(person);
  });
  afterEach(async () => {
    expect(await endsOf(session)).toEqual([null]);
  });
  const aToken = (claims: Claims = {}, header: Claims = {}) => aSet(REVOKED, iss_sub(person), claims, header);

  it.each<[string, string, () => Promise<string>]>([
    ['of another issuer', 'invalid_issuer', () => aToken({ iss: 'https://evil.example' })],
    ['of an issuer with a slash more', 'invalid_issuer', () => aToken({ iss: `${acme.url}/` })],
    ['for another audience', 'invalid_audience', () => aToken({ aud: 'shop' })],
    ['without an audience', 'invalid_audience', () => aToken({ aud: undefined })],
    ['of an unknown key', 'invalid_key', () => aToken({}, { kid: 'another' })],
    [
      'of the key of another issuer',
      'invalid_key',
      async () => partner.sign(decodeJwt(await aToken()), { typ: 'secevent+jwt', kid: (await acme.publicJwk()).kid }),
    ],
    ['without a type', 'invalid_request', () => aToken({}, { typ: undefined })],
    ['of the type of a JWT', 'invalid_request', () => aToken({}, { typ: 'JWT' })],
    ['with a subject as other tokens have it', 'invalid_request', () => aToken({ sub: person.sub })],
    ['without an id', 'invalid_request', () => aToken({ jti: undefined })],
    ['without a time', 'invalid_request', () => aToken({ iat: undefined })],
    ['issued too long ago', 'invalid_request', () => aToken({ iat: now() - 3_700 })],
    ['issued in the future', 'invalid_request', () => aToken({ iat: now() + 120 })],
    ['once it has expired', 'invalid_request', () => aToken({ exp: now() - 120 })],
    ['without events', 'invalid_request', () => aToken({ events: undefined })],
    ['with no event', 'invalid_request', () => aToken({ events: {} })],
    ['with an event that is no object', 'invalid_request', () => aToken({ events: { [REVOKED]: true } })],
    ['as an access token', 'invalid_request', () => Promise.resolve(session.token)],
    ['as a logout token', 'invalid_request', () => aSet(LOGOUT, undefined, { sub: person.sub }, { typ: 'logout+jwt' })],
    ['as text', 'invalid_request', () => Promise.resolve('a.b.c')],
  ])('%s', async (_name, error, token) => {
    expect(await push(await token())).toEqual(refusedWith(error));
  });

  it('without a signature', async () => {
    const [, claims = ''] = (await aToken()).split('.');
    const header = Buffer.from('{"alg":"none","typ":"secevent+jwt"}').toString('base64url');
    expect(await push(`${header}.${claims}.`)).toEqual(refusedWith('invalid_key'));
  });

  it('with another content type, a body of more than 64 KB, or at another URL', async () => {
    const token = await aToken();
    expect(await push(token, { headers: { 'content-type': 'text/plain' } })).toEqual(refusedWith('invalid_request'));
    expect(await push(JSON.stringify(token), { headers: { 'content-type': 'application/json' } })).toEqual(refusedWith('invalid_request'));
    expect(await push(token, { headers: { 'content-type': 'application/jwt' } })).toMatchObject({ status: 415 });
    expect(await push('x'.repeat(66_000))).toMatchObject({ status: 413 });
    expect(await push('x'.repeat(60_000))).toEqual(refusedWith('invalid_request'));
    for (const to of ['light', 'nobody']) expect(await push(token, { to })).toMatchObject({ status: 404 });
  });

  it('without the bearer token of the settings', async () => {
    const claims = {
      iss: partner.url,
      iat: now(),
      jti: randomUUID(),
      aud: ['web'],
      sub_id: iss_sub(person, partner.url),
      events: { [REVOKED]: {} },
    };
    const token = await partner.sign(claims, { typ: 'secevent+jwt' });
    for (const headers of [{}, { authorization: 'Bearer x' }, { authorization: BEARER }]) {
      expect(await push(token, { to: 'partner', headers })).toEqual(refusedWith('authentication_failed'));
    }
    expect(await push(token, { to: 'partner', headers: { authorization: `Bearer ${BEARER}` } })).toEqual(ACCEPTED);
  });

  it("with 503 while the issuer's keys cannot be fetched, so that it is sent again", async () => {
    const { issuer } = hydra;
    const { jwks_uri: keys } = issuer.metadata;
    let isDown = true;
    issuer.metadata['jwks_uri'] = issuer.serve('/keys', (_request, response) => {
      if (isDown) response.writeHead(500).end();
      else void issuer.publicJwk().then((key) => response.end(JSON.stringify({ keys: [key] })));
    });
    const claims = {
      iss: issuer.url,
      iat: now(),
      jti: randomUUID(),
      aud: 'reputable-events',
      sub_id: iss_sub(person),
      events: { [REVOKED]: {} },
    };
    const token = await issuer.sign(claims, { typ: 'secevent+jwt' });
    expect(await push(token, { to: 'opaque' })).toMatchObject({ status: 503 });
    const jti = randomUUID();
    hydraEvents.offer(await issuer.sign({ ...claims, jti }, { typ: 'secevent+jwt' }));
    await hydraEvents.deliveredAgain(jti);
    expect(hydraEvents.resultOf(jti)).toBeUndefined();
    isDown = false;
    await eventually(() => {
      expect(hydraEvents.resultOf(jti)).toBe('ack');
    }, 10_000);
    expect(await push(token, { to: 'opaque' })).toEqual(ACCEPTED);
    issuer.metadata['jwks_uri'] = keys;
  });

  it('as any other token', async () => {
    const token = await aToken({ typ: 'Bearer', azp: 'web', aud: ['reputable', 'reputable-events', 'web'], exp: now() + 60 });
    await expect(running.exchange(token)).rejects.toMatchObject(denied('TOKEN_INVALID'));
    expect(await logOut(token)).toBe(400);
  });
});

/** Posts a logout token. Returns the status. */
async function logOut(token: string, to = 'acme'): Promise<number> {
  const body = new URLSearchParams({ logout_token: token });
  return (await fetch(url(`${to}/back-channel-log-out`), { method: 'POST', body })).status;
}

describe('a logout token of an issuer (P24)', () => {
  /** A logout token as Keycloak signs it, for the client of the session. */
  const aLogoutToken = (claims: Claims) =>
    acme.sign(
      {
        ...{ iss: acme.url, iat: now(), exp: now() + 120, jti: randomUUID(), aud: 'web', typ: 'Logout' },
        ...{ events: { [LOGOUT]: { revoke_offline_access: false } } },
        ...claims,
      },
      { typ: 'JWT' },
    );

  it('ends the session that it names, once', async () => {
    const person = aUser();
    const [ended, other] = [await begun(person), await begun(person)];
    const token = await aLogoutToken({ sub: person.sub, sid: ended.sid });
    expect([await logOut(token), await logOut(token)]).toEqual([200, 400]);
    expect(await endsOf(ended, other)).toEqual([OVER, null]);
    await expect(running.exchange(ended.token)).rejects.toMatchObject(TOKEN_REVOKED);
  });

  it('without a session ends all of the user, also those whose tokens name none', async () => {
    const person = aUser();
    const sessions = [await begun(person), await begun(person, { sid: undefined })];
    expect(await logOut(await aLogoutToken({ sub: person.sub }))).toBe(200);
    expect(await endsOf(...sessions)).toEqual([OVER, OVER]);
  });

  it('of a session ends those of the user whose tokens name none', async () => {
    const person = aUser();
    const sessions = [await begun(person), await begun(person, { sid: undefined })];
    expect(await logOut(await aLogoutToken({ sub: person.sub, sid: randomUUID() }))).toBe(200);
    expect(await endsOf(...sessions)).toEqual([null, OVER]);
  });

  it('is refused for another audience, as an access token, and where the issuer has no events', async () => {
    const person = aUser();
    const session = await begun(person);
    expect(await logOut(await aLogoutToken({ sub: person.sub, aud: 'shop' }))).toBe(400);
    expect(await logOut(session.token)).toBe(400);
    expect(await logOut(await aLogoutToken({ sub: person.sub }), 'light')).toBe(404);
    await expect(running.exchange(await aLogoutToken({ sub: person.sub, aud: ['web', 'reputable'] }))).rejects.toMatchObject(
      denied('TOKEN_INVALID'),
    );
    expect(await endsOf(session)).toEqual([null]);
  });
});

describe('a polled security event token (RFC 8936)', () => {
  const idOf = (token: string) => decodeJwt(token).jti ?? '';
  const results = (...tokens: string[]) => tokens.map((token) => acmeEvents.resultOf(idOf(token)));

  it('ends the session that it names, and is acknowledged, also one of yesterday', async () => {
    const person = aUser();
    const [ended, other] = [await begun(person), await begun(person)];
    const token = await aSet(REVOKED, opaque(ended.sid), { iat: now() - 86_400 });
    acmeEvents.offer(token);
    await eventually(() => {
      expect(results(token)).toEqual(['ack']);
    });
    expect(await endsOf(ended, other)).toEqual([OVER, null]);
    expect(acmeEvents.requests.every(({ returnImmediately }) => returnImmediately === true)).toBe(true);
  });

  it('is refused for the reasons of a pushed one, while the others of the response are applied', async () => {
    const person = aUser();
    const [ended, other] = [await begun(person), await begun(person)];
    const good = await aSet(REVOKED, opaque(ended.sid));
    const wrong = await Promise.all([
      aSet(REVOKED, opaque(other.sid), { aud: 'shop' }),
      aSet(REVOKED, opaque(other.sid), { iss: 'https://evil.example' }),
      aSet(REVOKED, opaque(other.sid), {}, { kid: 'another' }),
      aSet(REVOKED, opaque(other.sid), { iat: now() - 8 * 86_400 }),
      tokenOf(person, { sid: other.sid, jti: randomUUID() }),
    ]);
    acmeEvents.offer(...wrong, good);
    await eventually(() => {
      expect(results(good)).toEqual(['ack']);
    });
    expect(results(...wrong)).toEqual(['invalid_audience', 'invalid_issuer', 'invalid_key', 'invalid_request', 'invalid_request']);
    expect(await endsOf(ended, other)).toEqual([OVER, null]);
  });

  it('has an effect once, if its acknowledgement is lost', async () => {
    const person = aUser();
    const session = await begun(person);
    const token = await aSet(REVOKED, opaque(session.sid));
    acmeEvents.lostReports = 2;
    acmeEvents.offer(token);
    await eventually(() => {
      expect(results(token)).toEqual(['ack']);
    }, 15_000);
    const logOuts = () => query(running.auth.databaseUrl, 'SELECT FROM issuer_log_out WHERE sid = $1', [session.sid]);
    expect([(await logOuts()).length, acmeEvents.deliveries(idOf(token))]).toEqual([1, 3]);
  });

  it('comes in several responses, whose results are in the next request', async () => {
    const tokens = await Promise.all(Array.from({ length: 120 }, () => aSet(REVOKED, opaque(randomUUID()))));
    acmeEvents.offer(...tokens);
    await eventually(() => {
      expect(new Set(results(...tokens))).toEqual(new Set(['ack']));
    });
    expect(tokens.map((token) => acmeEvents.deliveries(idOf(token)))).toEqual(tokens.map(() => 1));
  });
});

it('no session begins while a log-out is in progress', async () => {
  const person = aUser();
  const tokens = await Promise.all(Array.from({ length: 10 }, () => tokenOf(person, { iat: now() - 10, exp: now() + 200 })));
  await begun(person);
  const exchanges = Promise.allSettled(tokens.map((token) => running.exchange(token)));
  await push(await aSet(REVOKED, iss_sub(person)));
  await exchanges;
  const live = 'SELECT FROM session JOIN issuer_session ON id = session_id WHERE subject = $1 AND ended_at IS NULL';
  expect(await query(running.auth.databaseUrl, live, [person.sub])).toEqual([]);
});
