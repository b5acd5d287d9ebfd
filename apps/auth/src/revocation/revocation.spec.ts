import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuthService, RevocationCause, type Tokens, type WatchRevocationsResponse } from '@reputable/contracts/auth/v1/auth';
import { denied, eventually, PATIENCE, query, type TestService } from '@reputable/testing';
import { decodeJwt } from 'jose';
import { randomUUID } from 'node:crypto';
import { aPerson, type AuthWorld, sharedAuthWorld } from '../auth.fixture.ts';

let running: AuthWorld;
/** A second replica: the same database, different ports. */
let replica: TestService;

beforeAll(async () => {
  running = await sharedAuthWorld();
  replica = await running.world.start('auth', { ...running.auth.settings, PORT: '0', GRPC_PORT: '0' });
});
afterAll(() => replica.stop());

/** A new user: the refresh token, and the JWT that the gateway gets for the opaque access token. */
async function register() {
  const { accessToken, refreshToken, userId } = (await running.join(aPerson())).tokens as Tokens;
  return { accessToken: await running.exchange(accessToken), refreshToken, userId };
}
const watch = (service: TestService) => running.world.stream(AuthService.method.watchRevocations, service, { service: 'post' });
const authAs = (service: TestService, token: string) => running.world.client(AuthService, service, { token });
const revokeUser = async (userId: string, id = randomUUID(), service = running.auth) =>
  (await running.world.client(AuthService, service, { service: 'user' })).revokeUser({ id, userId, cause: RevocationCause.ROLES_CHANGED });

/** The subjects of all received revocations. */
const told = ({ messages }: { messages: readonly WatchRevocationsResponse[] }) =>
  messages.flatMap(({ revocations }) => revocations.map(({ subject }) => subject.value));

describe('the stream of revocations', () => {
  it('begins with all revocations, continues with new ones, and sends an empty update every second', async () => {
    const [one, two] = [await register(), await register()];
    await (await authAs(running.auth, one.accessToken)).logOut({});
    const sid = decodeJwt(one.accessToken).sid;
    await eventually(async () => {
      const stream = await watch(running.auth);
      expect((await stream.first()).revocations.map(({ subject }) => subject)).toContainEqual({ case: 'sessionId', value: sid });
      stream.close();
    });

    const stream = await watch(running.auth);
    await stream.first();
    await (await authAs(running.auth, two.accessToken)).logOut({});
    await eventually(() => {
      expect(told(stream)).toContain(decodeJwt(two.accessToken).sid);
    }, 1_000);
    const { length } = stream.messages;
    await eventually(() => {
      expect(stream.messages.length).toBeGreaterThan(length + 2);
    }, 4_000);
    expect(stream.messages.at(-1)?.revocations).toEqual([]);
    stream.close();
  });

  it('delivers the revocations of one replica at the other, and both refuse the token', async () => {
    const { accessToken, userId } = await register();
    const streams = [await watch(running.auth), await watch(replica)];
    await Promise.all(streams.map((stream) => stream.first()));
    await revokeUser(userId, randomUUID(), replica);
    await eventually(() => {
      for (const stream of streams) expect(told(stream)).toContain(userId);
    }, 1_000);
    for (const service of [running.auth, replica]) {
      await eventually(async () => {
        await expect((await authAs(service, accessToken)).listSessions({})).rejects.toMatchObject(denied('TOKEN_REVOKED'));
      }, 1_000);
    }
    for (const stream of streams) stream.close();
  });

  it('loses nothing when the listening connection breaks', async () => {
    const stream = await watch(running.auth);
    await stream.first();
    const ids = Array.from({ length: 20 }, () => randomUUID());
    for (const [index, id] of ids.entries()) {
      if (index % 5 === 0) await cutListeners();
      await revokeUser(id);
    }
    await eventually(() => {
      expect(told(stream)).toEqual(expect.arrayContaining(ids));
    }, 5_000);
    stream.close();
  });

  it('ends without an error when the service stops, and does not delay the stop', async () => {
    const third = await running.world.start('auth', { ...running.auth.settings, PORT: '0', GRPC_PORT: '0' });
    const stream = await watch(third);
    await stream.first();
    const began = Date.now();
    await third.stop();
    expect(await stream.ended).toBeUndefined();
    expect(Date.now() - began).toBeLessThan(PATIENCE * 4_000);
  });
});

/** Ends every listening connection to the database, as an administrator or a failing network may. */
async function cutListeners(): Promise<void> {
  const cut = `SELECT count(pg_terminate_backend(pid)) AS cut FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'listener'`;
  await eventually(async () => {
    const [row] = await query<{ cut: string }>(running.auth.databaseUrl, cut);
    expect(Number(row?.cut)).toBeGreaterThan(0);
  });
}

describe('the announcement of changed claims', () => {
  const announce = async (userId: string, service = running.auth, by = 'user') =>
    (await running.world.client(AuthService, service, { service: by })).announceClaims({ userId });
  const stale = ({ messages }: { messages: readonly WatchRevocationsResponse[] }) => messages.flatMap(({ staleUserIds }) => staleUserIds);

  it('is delivered by all replicas, once, and revokes nothing', async () => {
    const { accessToken, userId } = await register();
    const streams = [await watch(running.auth), await watch(replica)];
    await Promise.all(streams.map((stream) => stream.first()));
    await announce(userId.toUpperCase(), replica);
    await eventually(() => {
      for (const stream of streams) expect(stale(stream)).toEqual([userId]);
    }, 1_000);
    for (const stream of streams) expect(told(stream)).not.toContain(userId);
    await (await authAs(running.auth, accessToken)).listSessions({});
    for (const stream of streams) stream.close();
    const late = await watch(running.auth);
    expect((await late.first()).staleUserIds).toEqual([]);
    late.close();
  });

  it('is allowed to the user service only, and needs a user id', async () => {
    await expect(announce(randomUUID(), running.auth, 'post')).rejects.toMatchObject(denied('CALLER_NOT_ALLOWED'));
    await expect(announce('x')).rejects.toMatchObject({ ...denied('INVALID_FIELD'), violations: [{ field: 'user_id' }] });
  });
});

describe('the revocation of the tokens of a user', () => {
  it('is idempotent', async () => {
    const [id, userId] = [randomUUID(), randomUUID()];
    await Promise.all([revokeUser(userId, id), revokeUser(userId, id), revokeUser(userId, id, replica)]);
    const rows =
      'SELECT extract(epoch FROM issued_before)::float8 AS before, extract(epoch FROM expires_at)::float8 AS ends FROM revocation WHERE subject_id = $1';
    const found = await query<{ before: number; ends: number }>(running.auth.databaseUrl, rows, [userId]);
    expect(found).toEqual([{ before: expect.any(Number), ends: (found[0]?.before ?? 0) + 305 }]);
    expect(found[0]?.before).toBe(Math.round(found[0]?.before ?? 0));
  });

  it('leaves the session, whose next token is issued and valid at once, even within the same second', async () => {
    // Again if a second ends between the revocation and the exchange. A wait for that end would last until it, every time.
    for (let round = 0, isSameSecond = false; !isSameSecond; round += 1) {
      expect(round).toBeLessThan(20);
      const { accessToken, refreshToken, userId } = await register();
      await revokeUser(userId);
      const { tokens } = await (await running.authAs()).refresh({ refreshToken, address: '192.0.2.1' });
      const next = await running.exchange(tokens?.accessToken ?? '');
      const ends = 'SELECT extract(epoch FROM issued_before)::float8 AS at FROM revocation WHERE subject_id = $1';
      const [end] = await query<{ at: number }>(running.auth.databaseUrl, ends, [userId]);
      isSameSecond = Number(decodeJwt(next).iat) < Number(end?.at);
      await eventually(async () => {
        await expect((await authAs(running.auth, accessToken)).listSessions({})).rejects.toMatchObject(denied('TOKEN_REVOKED'));
      }, 1_000);
      for (const service of [running.auth, replica]) await (await authAs(service, next)).listSessions({});
    }
  });

  it.each([
    ['no id', { id: '', userId: randomUUID(), cause: RevocationCause.SUSPENDED }, 'id'],
    ['no cause', { id: randomUUID(), userId: randomUUID(), cause: RevocationCause.UNSPECIFIED }, 'cause'],
  ])('is refused with %s', async (_, request, field) => {
    const auth = await running.world.client(AuthService, running.auth, { service: 'user' });
    await expect(auth.revokeUser(request)).rejects.toMatchObject({ ...denied('INVALID_FIELD'), violations: [{ field }] });
  });
});

it('a revocation and its cause are stored in one transaction', async () => {
  const { accessToken } = await register();
  await query(running.auth.databaseUrl, 'ALTER TABLE revocation ADD CONSTRAINT none CHECK (false) NOT VALID');
  await expect((await authAs(running.auth, accessToken)).logOut({})).rejects.toMatchObject(denied('INTERNAL'));
  await query(running.auth.databaseUrl, 'ALTER TABLE revocation DROP CONSTRAINT none');
  const sessions = (await (await authAs(running.auth, accessToken)).listSessions({})).sessions;
  expect(sessions).toMatchObject([{ id: decodeJwt(accessToken).sid, current: true }]);
});
