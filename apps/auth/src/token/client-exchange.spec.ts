import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SERVICES } from '@reputable/contracts';
import { denied, HeldLock, query } from '@reputable/testing';
import { decodeJwt } from 'jose';
import { aPerson, sharedAuthWorld } from '../auth.fixture.ts';
import { type Application, type OAuthWorld, openOAuthWorld } from '../oauth.fixture.ts';

let running: OAuthWorld;
beforeAll(async () => {
  running = await openOAuthWorld(await sharedAuthWorld());
});
afterAll(() => running.end());

const aRobot = () => running.application({ name: 'Robot', kind: 'machine', scopes: ['posts:write', 'votes:write'] });

async function exchange({ id, secret = '' }: Pick<Application, 'id' | 'secret'>, address = '192.0.2.1') {
  const request = { clientId: id, clientSecret: secret, audience: [...SERVICES], address };
  return (await running.authAs()).exchangeClientCredentials(request);
}

const REFUSED = denied('CLIENT_CREDENTIALS_INVALID');

describe('the credentials of an API client (P21)', () => {
  it("become a JWT in the client's own name, with its scopes and a profile", async () => {
    const robot = await aRobot();
    const { accessToken, scope } = await exchange(robot);
    expect(scope).toBe('posts:write votes:write');
    const claims = decodeJwt(accessToken);
    for (const ofLogIn of ['auth_time', 'amr']) expect(claims).not.toHaveProperty(ofLogIn);
    expect(claims).toMatchObject({
      sub: robot.id,
      client_id: robot.id,
      scope: 'posts:write votes:write',
      roles: [],
      reputation: 1,
      act: { sub: 'gateway' },
    });
    const { user } = await (await running.userAs()).getUser({ id: robot.id });
    expect(user).toMatchObject({ displayName: 'Robot', reputation: 1 });
  });

  it('begin one session, however many exchanges are requested at once', async () => {
    const robot = await aRobot();
    const tokens = await Promise.all(Array.from({ length: 20 }, () => exchange(robot)));
    expect(new Set(tokens.map(({ accessToken }) => decodeJwt(accessToken).sid)).size).toBe(1);
    expect(await running.sessionsOf(robot.id)).toHaveLength(1);
  });

  it('leave no session if the client is removed while it begins', async () => {
    const robot = await aRobot();
    await using lock = await HeldLock.take(running.auth.databaseUrl, 'LOCK TABLE account IN SHARE MODE');
    const exchanging = exchange(robot);
    await lock.isAwaited();
    const removing = running.registry.remove(robot.id);
    await Promise.race([removing, lock.isAwaited(2)]);
    await lock.release();
    await Promise.all([exchanging, removing]);
    expect(await running.sessionsOf(robot.id)).toMatchObject([{ end_reason: 'client_removed' }]);
  });

  it('begin no session if the client is removed before', async () => {
    const robot = await aRobot();
    await using lock = await HeldLock.take(running.auth.databaseUrl, `SELECT 1 FROM oauth_client WHERE id = '${robot.id}' FOR UPDATE`);
    const removing = running.registry.remove(robot.id);
    await lock.isAwaited();
    const exchanging = exchange(robot);
    await Promise.race([exchanging, lock.isAwaited(2)]);
    await lock.release();
    await removing;
    await expect(exchanging).rejects.toMatchObject(REFUSED);
    expect(await running.sessionsOf(robot.id)).toEqual([]);
  });

  it.each<[string, () => Promise<Pick<Application, 'id' | 'secret'>>]>([
    ['a wrong secret', async () => ({ id: (await aRobot()).id, secret: 'wrong' })],
    ['an unknown client', async () => ({ id: '01a226fc-0000-7000-8000-000000000000', secret: (await aRobot()).secret })],
    ['a client id with a NUL character', async () => ({ id: 'no\0body', secret: (await aRobot()).secret })],
    ['a client with users', () => running.application()],
    ['the gateway', () => running.gateway()],
    ['a public client', async () => ({ id: (await running.application({ kind: 'public' })).id, secret: 'any' })],
    ['our own client', () => Promise.resolve({ id: 'first-party', secret: 'any' })],
    [
      "a user's e-mail address and password",
      async () => {
        const { email, password } = aPerson();
        await running.join({ ...aPerson(), email, password });
        return { id: email, secret: password };
      },
    ],
  ])('of %s are refused', async (_who, credentials) => {
    await expect(exchange(await credentials())).rejects.toMatchObject(REFUSED);
  });

  it('are refused after too many wrong secrets from an address, but not from another', async () => {
    const robot = await aRobot();
    const wrong = { id: robot.id, secret: 'wrong' };
    const [flood, other] = ['198.51.100.7', '203.0.113.9'];
    for (let attempt = 0; attempt < 10; attempt += 1) await exchange(wrong, flood).catch(() => undefined);
    await expect(exchange(robot, flood)).rejects.toMatchObject(denied('TOO_MANY_ATTEMPTS'));
    expect(decodeJwt((await exchange(robot, other)).accessToken)).toMatchObject({ sub: robot.id });
  });

  it('are refused as soon as the client is removed, and its tokens are revoked', async () => {
    const robot = await aRobot();
    await exchange(robot);
    expect(await running.registry.remove(robot.id)).toBe(1);
    await expect(exchange(robot)).rejects.toMatchObject(REFUSED);
    expect(await running.sessionsOf(robot.id)).toMatchObject([{ end_reason: 'client_removed' }]);
    const [row] = await query<{ count: string }>(running.auth.databaseUrl, 'SELECT count(*) FROM revocation');
    expect(Number(row?.count)).toBeGreaterThan(0);
  });

  it('do not log in at /oidc as a user, and the account has no e-mail address and no password', async () => {
    const robot = await aRobot();
    await exchange(robot);
    const [row] = await query(running.auth.databaseUrl, 'SELECT email, password_hash FROM account WHERE id = $1', [robot.id]);
    expect(row).toEqual({ email: null, password_hash: null });
  });
});
