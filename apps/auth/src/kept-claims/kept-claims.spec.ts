import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { SERVICES } from '@reputable/contracts';
import { AuthService, RevocationCause, type Tokens } from '@reputable/contracts/auth/v1/auth';
import { denied, eventually, query, type TestService } from '@reputable/testing';
import { decodeJwt } from 'jose';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { DataSource } from 'typeorm';
import { aPerson, type AuthWorld, sharedAuthWorld } from '../auth.fixture.ts';
import { revokeUser } from '../revocation/revoke.ts';
import { KeptClaims } from './kept-claims.ts';

let running: AuthWorld;
/** Further replicas: one whose user service accepts connections and never answers, and one that keeps no claims. */
let waiting: TestService;
let without: TestService;
let silent: Server;

beforeAll(async () => {
  running = await sharedAuthWorld();
  silent = createServer().listen(0, '127.0.0.1').unref();
  await once(silent, 'listening');
  const replica = (env: Record<string, string>) =>
    running.world.start('auth', { ...running.auth.settings, PORT: '0', GRPC_PORT: '0', ...env });
  waiting = await replica({ USER_URL: `localhost:${String((silent.address() as AddressInfo).port)}`, DEADLINE_MS: '3000' });
  without = await replica({ CLAIMS_GRACE_S: '0' });
});
afterAll(async () => {
  await Promise.all([waiting.stop(), without.stop()]);
  silent.close();
});
afterEach(() => running.toUser.up().catch(() => undefined));

/** A user with these roles, who has tokens. Auth has not read the claims yet. */
async function aUserWith(...roles: string[]) {
  const person = aPerson();
  await running.create(person);
  // The connection to the user service can still be broken by the test before.
  const { tokens } = await eventually(async () => (await running.authAs()).logIn(person));
  const { accessToken, refreshToken, userId } = tokens as Tokens;
  const setRoles = (roles: string[]) => query(running.user.databaseUrl, 'UPDATE profile SET roles = $2 WHERE id = $1', [userId, roles]);
  const suspend = () => query(running.user.databaseUrl, 'UPDATE profile SET suspended_at = now() WHERE id = $1', [userId]);
  if (roles.length > 0) await setRoles(roles);
  return { accessToken, refreshToken, userId, setRoles, suspend };
}

/** Exchanges a token at a replica. Returns the JWT's claims. */
async function claimsOf(subjectToken: string, at = running.auth) {
  const auth = await running.world.client(AuthService, at, {});
  return decodeJwt((await auth.exchangeToken({ subjectToken, audience: [...SERVICES] })).accessToken);
}

/** Delivers the revocation of a user's tokens, as the user service does after a change of roles and a suspension. */
const revoke = async (userId: string) =>
  (await running.world.client(AuthService, running.auth, { service: 'user' })).revokeUser({
    id: randomUUID(),
    userId,
    cause: RevocationCause.ROLES_CHANGED,
  });

const down = () => {
  running.toUser.down();
};
/** Waits until auth uses the user service again. */
const up = async (accessToken: string) => {
  await running.toUser.up();
  await eventually(async () => expect(await claimsOf(accessToken)).not.toHaveProperty('claims_age'));
};

const UNAVAILABLE = denied('SERVICE_UNAVAILABLE');

describe('without the user service, an exchange', () => {
  it('has the last claims, with their age, at each replica; with it, current ones', async () => {
    const { accessToken, setRoles } = await aUserWith('MODERATOR');
    expect(await claimsOf(accessToken)).not.toHaveProperty('claims_age');
    down();
    const { claims_age: age, ...claims } = await claimsOf(accessToken);
    expect(claims).toMatchObject({ roles: ['MODERATOR'], reputation: 1 });
    expect(age).toEqual(expect.any(Number));
    expect(await claimsOf(accessToken, waiting)).toMatchObject({ roles: ['MODERATOR'], claims_age: expect.any(Number) });
    await setRoles(['ADMIN']);
    await up(accessToken);
    expect(await claimsOf(accessToken)).toMatchObject({ roles: ['ADMIN'] });
  });

  it('is unavailable for a user whose claims are not kept, or too old, and at a replica that keeps none', async () => {
    const [kept, unknown] = [await aUserWith(), await aUserWith()];
    await claimsOf(kept.accessToken);
    down();
    await expect(claimsOf(unknown.accessToken)).rejects.toMatchObject(UNAVAILABLE);
    await expect(claimsOf(kept.accessToken, without)).rejects.toMatchObject(UNAVAILABLE);
    const age = (seconds: number) =>
      query(running.auth.databaseUrl, 'UPDATE kept_claims SET read_at = now() - make_interval(secs => $2) WHERE user_id = $1', [
        kept.userId,
        seconds,
      ]);
    await age(590);
    expect((await claimsOf(kept.accessToken))['claims_age']).toBeGreaterThanOrEqual(590);
    await age(601);
    await expect(claimsOf(kept.accessToken)).rejects.toMatchObject(UNAVAILABLE);
  });

  it('is possible again after a refresh', async () => {
    const { accessToken, refreshToken } = await aUserWith();
    await claimsOf(accessToken);
    down();
    const { tokens } = await (await running.authAs()).refresh({ refreshToken, address: '192.0.2.1' });
    expect(await claimsOf(tokens?.accessToken ?? '')).toHaveProperty('claims_age');
  });
});

describe('kept claims undo nothing:', () => {
  it('a role that was removed before the outage', async () => {
    const { accessToken, userId, setRoles } = await aUserWith('MODERATOR');
    expect(await claimsOf(accessToken)).toMatchObject({ roles: ['MODERATOR'] });
    await setRoles([]);
    await revoke(userId);
    down();
    await expect(claimsOf(accessToken)).rejects.toMatchObject(UNAVAILABLE);
    await expect(claimsOf(accessToken, waiting)).rejects.toMatchObject(denied('DEADLINE_EXCEEDED'));
    await up(accessToken);
    expect(await claimsOf(accessToken)).toMatchObject({ roles: [] });
    down();
    expect(await claimsOf(accessToken)).toMatchObject({ roles: [], claims_age: expect.any(Number) });
  });

  it('a suspension before the outage', async () => {
    const { accessToken, userId, suspend } = await aUserWith();
    await claimsOf(accessToken);
    await suspend();
    await revoke(userId);
    down();
    await expect(claimsOf(accessToken)).rejects.toMatchObject(UNAVAILABLE);
  });

  it('a suspension whose revocation has not been delivered, if an exchange has seen it', async () => {
    const { accessToken, refreshToken, suspend } = await aUserWith();
    await claimsOf(accessToken);
    await suspend();
    await expect(claimsOf(accessToken)).rejects.toMatchObject(denied('USER_SUSPENDED'));
    down();
    await expect(claimsOf(accessToken)).rejects.toMatchObject(denied('USER_SUSPENDED'));
    const refresh = (await running.authAs()).refresh({ refreshToken, address: '192.0.2.1' });
    await expect(refresh).rejects.toMatchObject(denied('USER_SUSPENDED'));
  });

  it('a revocation during the outage', async () => {
    const { accessToken, userId } = await aUserWith('MODERATOR');
    await claimsOf(accessToken);
    down();
    expect(await claimsOf(accessToken)).toMatchObject({ roles: ['MODERATOR'] });
    await revoke(userId);
    await expect(claimsOf(accessToken)).rejects.toMatchObject(UNAVAILABLE);
  });

  it('a revocation that another replica has not committed when the token is issued', async () => {
    const { accessToken, userId } = await aUserWith('MODERATOR');
    await claimsOf(accessToken);
    down();
    const dataSource = await new DataSource({ type: 'postgres', url: running.auth.databaseUrl }).initialize();
    const issued = await dataSource.transaction(async (tx) => {
      await revokeUser(tx, randomUUID(), userId);
      return claimsOf(accessToken);
    });
    expect(issued).toMatchObject({ roles: ['MODERATOR'], rev: expect.any(Number) });
    const number = "SELECT number::int FROM revocation WHERE subject_id = $1 AND subject_kind = 'user' ORDER BY number DESC LIMIT 1";
    const [last] = await dataSource.query<{ number: number }[]>(number, [userId]);
    // The revocation covers tokens with a lower number.
    expect(issued['rev']).toBeLessThan(last?.number ?? 0);
    await dataSource.destroy();
  });

  it('a revocation that comes while another replica reads the claims', async () => {
    const { accessToken, userId, setRoles } = await aUserWith('MODERATOR');
    await claimsOf(accessToken);
    const [before] = await query<{ rev: string }>(running.auth.databaseUrl, 'SELECT rev FROM kept_claims WHERE user_id = $1', [userId]);
    await setRoles([]);
    await revoke(userId);
    await claimsOf(accessToken);
    // An exchange at another replica has read the claims before, and stores them afterwards.
    const dataSource = await new DataSource({ type: 'postgres', url: running.auth.databaseUrl }).initialize();
    const other = new KeptClaims(dataSource, 600);
    const claims = { roles: ['MODERATOR'], reputation: 1, suspended: false, displayName: 'A' };
    await other.keep(userId, claims, { time: Date.now() / 1000 + 5, rev: Number(before?.rev) });
    expect(await other.of(userId)).toMatchObject({ roles: [] });
    await dataSource.destroy();
  });

  it('the end of a session during the outage', async () => {
    const { accessToken, userId } = await aUserWith();
    await claimsOf(accessToken);
    down();
    await query(running.auth.databaseUrl, "UPDATE session SET ended_at = now(), end_reason = 'logged_out' WHERE account_id = $1", [userId]);
    await expect(claimsOf(accessToken)).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });
});

it('claims are stored when they change, not at every exchange', async () => {
  const { accessToken, userId } = await aUserWith();
  const stored = () => query(running.auth.databaseUrl, 'SELECT xmin, claims FROM kept_claims WHERE user_id = $1', [userId]);
  await claimsOf(accessToken);
  const first = await stored();
  expect(first).toMatchObject([{ claims: { roles: [], reputation: 1 } }]);
  for (let turn = 0; turn < 10; turn += 1) await claimsOf(accessToken);
  expect(await stored()).toEqual(first);
  await query(running.user.databaseUrl, 'UPDATE profile SET reputation_sum = 14 WHERE id = $1', [userId]);
  await claimsOf(accessToken);
  expect(await stored()).toMatchObject([{ claims: { reputation: 15 } }]);
});
