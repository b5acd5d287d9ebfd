import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Tokens } from '@reputable/contracts/auth/v1/auth';
import { SCOPES } from '@reputable/contracts';
import { UserService } from '@reputable/contracts/user/v1/user';
import { denied, query } from '@reputable/testing';
import { decodeJwt } from 'jose';
import { aPerson, type AuthWorld, sharedAuthWorld } from '../auth.fixture.ts';

let running: AuthWorld;

beforeAll(async () => {
  running = await sharedAuthWorld();
});

const register = async () => (await running.join(aPerson())).tokens as Tokens;
const exchange = async (subjectToken: string, audience = ['user']) => (await running.authAs()).exchangeToken({ subjectToken, audience });

/** Changes the payload of a user's only token of a kind in the database. */
const rewrite = (userId: string, change: object, model = 'AccessToken') =>
  query(running.auth.databaseUrl, "UPDATE oauth_record SET payload = payload || $2 WHERE model = $3 AND payload->>'accountId' = $1", [
    userId,
    JSON.stringify(change),
    model,
  ]);
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

describe('a token exchange', () => {
  it("returns a JWT for two minutes, with the requested audience, the peer as the actor and the user's current claims", async () => {
    const { accessToken, userId } = await register();
    await query(running.user.databaseUrl, "UPDATE profile SET roles = '{MODERATOR}', reputation_sum = 41 WHERE id = $1", [userId]);
    const exchanged = await exchange(accessToken, ['user', 'post']);
    expect(exchanged).toMatchObject({
      issuedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
      tokenType: 'Bearer',
      expiresIn: 120,
      scope: SCOPES.join(' '),
    });
    const { iat = 0, exp, ...claims } = decodeJwt(exchanged.accessToken);
    expect(exp).toBe(iat + 120);
    expect(claims).toMatchObject({ aud: ['user', 'post'], act: { sub: 'gateway' }, sub: userId, roles: ['MODERATOR'], reputation: 42 });
  });

  it('returns when and how the user logged in, also after refreshes', async () => {
    const earliest = inSeconds(0);
    const { accessToken, refreshToken, userId } = await register();
    const logInOf = async (token: string) => decodeJwt(await running.exchange(token));
    const first = await logInOf(accessToken);
    expect(first).toMatchObject({ auth_time: expect.any(Number), amr: ['pwd'] });
    expect(first['auth_time']).toBeGreaterThanOrEqual(earliest);
    await rewrite(userId, { authTime: earliest - 1_000 }, 'RefreshToken');
    const { tokens } = await (await running.authAs()).refresh({ refreshToken, address: '192.0.2.1' });
    expect(await logInOf(tokens?.accessToken ?? '')).toMatchObject({ auth_time: earliest - 1_000, amr: ['pwd'] });
  });

  it('returns no log-in for a token that was issued before tokens had one', async () => {
    const { accessToken, userId } = await register();
    await rewrite(userId, { extra: null });
    const claims = decodeJwt(await running.exchange(accessToken));
    expect(claims).toMatchObject({ sub: userId });
    for (const ofLogIn of ['auth_time', 'amr']) expect(claims).not.toHaveProperty(ofLogIn);
  });

  it('returns no log-in after the issue, if the clock of the database is late', async () => {
    const { accessToken, userId } = await register();
    await rewrite(userId, { extra: { auth_time: inSeconds(600) } });
    const { auth_time: authTime, iat } = decodeJwt(await running.exchange(accessToken));
    expect(authTime).toBe(iat);
  });

  it('returns a JWT that a service outside its audience refuses', async () => {
    const { accessToken } = await exchange((await register()).accessToken, ['post']);
    const users = await running.world.client(UserService, running.user, { token: accessToken });
    await expect(users.updateProfile({ displayName: 'Somebody' })).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });

  it('returns no JWT that outlives the opaque token', async () => {
    const { accessToken, userId } = await register();
    await rewrite(userId, { exp: inSeconds(20) });
    const exchanged = await exchange(accessToken);
    expect(exchanged.expiresIn).toBeLessThanOrEqual(20);
    expect(decodeJwt(exchanged.accessToken).exp).toBe(Number(exchanged.subjectExpiresAt?.seconds));
  });

  it('returns a JWT without roles to a third-party client', async () => {
    const { accessToken, userId } = await register();
    await query(running.user.databaseUrl, "UPDATE profile SET roles = '{ADMIN}' WHERE id = $1", [userId]);
    await rewrite(userId, { clientId: 'another' });
    expect(decodeJwt((await exchange(accessToken)).accessToken)).toMatchObject({ client_id: 'another', roles: [], reputation: 1 });
  });
});

describe('a token exchange is refused', () => {
  it('for any other kind of token', async () => {
    const { accessToken, refreshToken } = await register();
    const signed = (await exchange(accessToken)).accessToken;
    for (const token of ['x'.repeat(43), refreshToken, `${accessToken}=`, ` ${accessToken}`, signed]) {
      await expect(exchange(token)).rejects.toMatchObject(denied('TOKEN_INVALID'));
    }
    await expect(exchange('x'.repeat(8_001))).rejects.toMatchObject(denied('INVALID_FIELD'));
  });

  it.each([
    ['for another resource', { aud: 'https://elsewhere.example.com' }],
    ['for the client alone', { aud: undefined, scope: 'openid' }],
    ['without the scope', { scope: 'openid' }],
  ])('for a token %s', async (_, change) => {
    const { accessToken, userId } = await register();
    await rewrite(userId, { aud: null, ...change });
    await expect(exchange(accessToken)).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });

  it('for an expired token', async () => {
    const { accessToken, userId } = await register();
    await rewrite(userId, { exp: inSeconds(-1) });
    await expect(exchange(accessToken)).rejects.toMatchObject(denied('TOKEN_EXPIRED'));
  });

  it('after the session has ended', async () => {
    const [ended, over] = [await register(), await register()];
    const signed = (await exchange(ended.accessToken, ['auth'])).accessToken;
    await (await running.authAs({ token: signed })).logOut({});
    await query(running.auth.databaseUrl, 'UPDATE session SET expires_at = now() WHERE account_id = $1', [over.userId]);
    for (const { accessToken } of [ended, over]) await expect(exchange(accessToken)).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });

  it('for a suspended user', async () => {
    const { accessToken, userId } = await register();
    await query(running.user.databaseUrl, "UPDATE profile SET suspended_at = now(), suspension_reason = 'Spam.' WHERE id = $1", [userId]);
    await expect(exchange(accessToken)).rejects.toMatchObject(denied('USER_SUSPENDED'));
  });

  it.each([
    ['no service', []],
    ['an unknown service', ['billing']],
    ['too many services', ['user', 'user', 'user', 'user', 'user', 'user']],
  ])('with an audience of %s', async (_, audience) => {
    await expect(exchange('x'.repeat(43), audience)).rejects.toMatchObject(denied('INVALID_FIELD'));
  });
});
