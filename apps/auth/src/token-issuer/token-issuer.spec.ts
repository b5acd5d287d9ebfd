import { beforeAll, describe, expect, it } from '@jest/globals';
import { SCOPES } from '@reputable/contracts';
import type { TestIssuer } from '@reputable/auth/testing';
import { dataSourceOptions } from '@reputable/database';
import { denied, eventually, query } from '@reputable/testing';
import { decodeJwt } from 'jose';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import type { OAuthWorld } from '../oauth.fixture.ts';
import { sharedIssuerWorld } from './issuer.fixture.ts';

let issuer: TestIssuer;
let other: TestIssuer;
let running: OAuthWorld;

beforeAll(async () => {
  ({ running, acme: issuer, partner: other } = await sharedIssuerWorld());
});

const now = () => Math.floor(Date.now() / 1000);

/** The claims of a token of the realm, for a user of its own. */
const claims = (changes: object = {}) => ({
  ...{ iss: issuer.url, iat: now(), exp: now() + 300, aud: 'reputable', typ: 'Bearer', azp: 'web' },
  ...{ sub: randomUUID(), sid: randomUUID(), scope: 'openid', realm_access: { roles: ['ADMIN'] } },
  ...changes,
});
const tokenOf = (changes: object = {}) => issuer.sign(claims(changes), { typ: 'JWT' });

/** The claims of a token of the partner. */
const partnerToken = (changes: object = {}) =>
  other.sign(
    {
      ...{ iss: other.url, iat: now(), exp: now() + 300, aud: ['reputable'], client_id: 'web', scp: [] },
      ...{ sub: randomUUID(), ext: { roles: ['MODERATOR', 'KING'] } },
      ...changes,
    },
    { typ: 'JWT' },
  );

const sessionsOf = (accountId: string) => query(running.auth.databaseUrl, 'SELECT id FROM session WHERE account_id = $1', [accountId]);
/** Ends a session in the database. */
const endSession = (id: string, how: string) =>
  query(running.auth.databaseUrl, `UPDATE session SET ${how}, end_reason = 'ended_by_user' WHERE id = $1`, [id]);
const exchange = async (token: string) => decodeJwt(await running.exchange(token));

describe('a token of an issuer in the settings (P24)', () => {
  it('becomes a JWT of ours for a new user with a profile', async () => {
    const exchanged = await exchange(await tokenOf({ auth_time: now() - 60, amr: ['pwd'] }));
    expect(exchanged).toMatchObject({
      iss: running.issuer,
      client_id: 'acme:web',
      scope: SCOPES.join(' '),
      roles: [],
      reputation: 1,
      act: { sub: 'gateway' },
      amr: ['pwd'],
      auth_time: expect.any(Number),
    });
    const { user } = await (await running.userAs()).getUser({ id: exchanged.sub ?? '' });
    expect(user).toMatchObject({ displayName: expect.stringMatching(/^User \w{6}$/), reputation: 1 });
  });

  it('is that of the same user and session the next time, however many arrive at once', async () => {
    const [sub, sid] = [randomUUID(), randomUUID()];
    const tokens = await Promise.all(Array.from({ length: 20 }, () => tokenOf({ sub, sid })));
    const exchanged = await Promise.all(tokens.map(exchange));
    expect(new Set(exchanged.map((token) => `${String(token.sub)} ${String(token.sid)}`)).size).toBe(1);
    const again = await exchange(await tokenOf({ sub }));
    expect(again.sub).toBe(exchanged[0]?.sub);
    expect(again.sid).not.toBe(exchanged[0]?.sid);
    expect(await sessionsOf(String(again.sub))).toHaveLength(2);
  });

  it('of another issuer with the same subject is another user', async () => {
    const sub = randomUUID();
    const [ours, theirs] = [await exchange(await tokenOf({ sub })), await exchange(await partnerToken({ sub }))];
    expect(ours.sub).not.toBe(theirs.sub);
  });

  it('has the roles of the user service, or those of the issuer that we know', async () => {
    const sub = randomUUID();
    const { sub: userId = '' } = await exchange(await tokenOf({ sub }));
    await query(running.user.databaseUrl, "UPDATE profile SET roles = '{MODERATOR}' WHERE id = $1", [userId]);
    expect((await exchange(await tokenOf({ sub }))).roles).toEqual(['MODERATOR']);
    expect((await exchange(await partnerToken())).roles).toEqual(['MODERATOR']);
  });

  it('of a client that is not trusted has its own scopes and no roles', async () => {
    const sub = randomUUID();
    const token = await tokenOf({ sub, azp: 'tool', scope: 'openid posts:write account moderation' });
    expect(await exchange(token)).toMatchObject({
      client_id: 'acme:tool',
      scope: 'posts:write',
      roles: [],
    });
    expect((await exchange(await partnerToken({ client_id: 'tool', scp: ['votes:write'] }))).roles).toEqual([]);
    await expect(running.exchange(await tokenOf({ azp: 'tool' }))).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });

  it('expires, and its JWT with it', async () => {
    const exchanged = await exchange(await tokenOf({ exp: now() + 20 }));
    expect(exchanged.exp).toBeLessThanOrEqual(now() + 20);
    await expect(running.exchange(await tokenOf({ iat: now() - 100, exp: now() - 10 }))).rejects.toMatchObject(denied('TOKEN_EXPIRED'));
  });

  it.each<[string, () => Promise<string>]>([
    ['an unknown issuer', () => tokenOf({ iss: 'https://evil.example' })],
    ['our own issuer', () => tokenOf({ iss: running.issuer })],
    ['the key of another issuer', () => other.sign(claims(), { typ: 'JWT' })],
    ['another audience', () => tokenOf({ aud: 'shop' })],
    ['an ID token', () => tokenOf({ typ: 'ID' })],
    ['a token that is bound to a key', () => tokenOf({ cnf: { jkt: 'x' } })],
    ['no JWT', () => Promise.resolve('a.b.c')],
  ])('is refused: %s', async (_name, token) => {
    await expect(running.exchange(await token())).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });
});

describe('the session of such a token', () => {
  it('is listed with its client, and stays ended once the user ends it, for newer tokens too', async () => {
    const [sub, sid] = [randomUUID(), randomUUID()];
    const { sub: userId = '', sid: sessionId = '' } = await exchange(await tokenOf({ sub, sid }));
    const auth = await running.authAs({ token: await running.exchange(await tokenOf({ sub })) });
    const { sessions } = await auth.listSessions({});
    expect(sessions).toContainEqual(expect.objectContaining({ id: sessionId, client: 'acme:web' }));
    await auth.endSession({ id: String(sessionId) });
    await eventually(async () => {
      await expect(running.exchange(await tokenOf({ sub, sid, iat: now() + 1 }))).rejects.toMatchObject(denied('TOKEN_REVOKED'));
    });
    expect((await exchange(await tokenOf({ sub }))).sub).toBe(userId);
  });

  it('of an issuer without sessions ends for all tokens from before, also once newer ones are used', async () => {
    const sub = randomUUID();
    const token = await partnerToken({ sub, iat: now() - 60 });
    const { sid = '' } = await exchange(token);
    await endSession(String(sid), "ended_at = now() - interval '30 seconds'");
    await expect(running.exchange(token)).rejects.toMatchObject(denied('TOKEN_REVOKED'));
    expect((await exchange(await partnerToken({ sub }))).sid).not.toBe(sid);
    await expect(running.exchange(token)).rejects.toMatchObject(denied('TOKEN_REVOKED'));
  });

  it('ends by a log-out for all tokens from before, but not for those of a new log-in with the same session at the issuer', async () => {
    const [sub, sid] = [randomUUID(), randomUUID()];
    const token = await tokenOf({ sub, sid, iat: now() - 60, exp: now() + 200 });
    const { sid: sessionId = '' } = await exchange(token);
    await (await running.authAs({ token: await running.exchange(token) })).logOut({});
    await query(running.auth.databaseUrl, "UPDATE session SET ended_at = now() - interval '30 seconds' WHERE id = $1", [sessionId]);
    await expect(running.exchange(token)).rejects.toMatchObject(denied('TOKEN_REVOKED'));
    expect((await exchange(await tokenOf({ sub, sid }))).sid).not.toBe(sessionId);
    await expect(running.exchange(token)).rejects.toMatchObject(denied('TOKEN_REVOKED'));
  });

  it('begins by no token from more than five seconds ahead, which would look newer than a log-out after it', async () => {
    const [sub, sid] = [randomUUID(), randomUUID()];
    await exchange(await tokenOf({ sub, sid, iat: now() + 3 }));
    await expect(running.exchange(await tokenOf({ sub, sid, iat: now() + 20 }))).rejects.toMatchObject({ reason: 'CLOCK_SKEW' });
  });

  it('stays ended after its own time', async () => {
    const [sub, sid] = [randomUUID(), randomUUID()];
    const { sid: sessionId = '' } = await exchange(await tokenOf({ sub, sid }));
    await endSession(String(sessionId), "ended_at = now(), expires_at = now() - interval '1 day'");
    await expect(running.exchange(await tokenOf({ sub, sid }))).rejects.toMatchObject(denied('TOKEN_REVOKED'));
  });

  it('does not begin for a user who is unlinked at that moment', async () => {
    const sub = randomUUID();
    const { sub: userId = '' } = await exchange(await tokenOf({ sub }));
    const dataSource = new DataSource(dataSourceOptions({ url: running.auth.databaseUrl, entities: [], migrations: [] }));
    await dataSource.initialize();
    try {
      const refused = await dataSource.transaction(async (tx) => {
        await tx.query('SELECT FROM account WHERE id = $1 FOR UPDATE', [userId]);
        const exchanged = expect(running.exchange(await tokenOf({ sub }))).rejects.toMatchObject(denied('TOKEN_REVOKED'));
        await eventually(async () => {
          const waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%account%'";
          expect(await query(running.auth.databaseUrl, waiting)).not.toEqual([]);
        });
        await tx.query('DELETE FROM linked_log_in WHERE account_id = $1', [userId]);
        return { exchanged };
      });
      await refused.exchanged;
    } finally {
      await dataSource.destroy();
    }
  });

  it('of a suspended user is refused', async () => {
    const sub = randomUUID();
    const { sub: userId = '' } = await exchange(await tokenOf({ sub }));
    await query(running.user.databaseUrl, 'UPDATE profile SET suspended_at = now() WHERE id = $1', [userId]);
    await expect(running.exchange(await tokenOf({ sub }))).rejects.toMatchObject(denied('USER_SUSPENDED'));
  });
});
