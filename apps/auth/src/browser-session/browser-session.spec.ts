import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@reputable/auth';
import { BrowserSessionService } from '@reputable/contracts/auth/v1/browser_session';
import { denied, eventually, query, type TestService } from '@reputable/testing';
import { randomBytes } from 'node:crypto';
import { type AuthWorld, sharedAuthWorld } from '../auth.fixture.ts';

let running: AuthWorld;
/** Clients of two replicas on one database. */
let replicas: [Client<typeof BrowserSessionService>, Client<typeof BrowserSessionService>];
let sessions: Client<typeof BrowserSessionService>;
let replica: TestService;

beforeAll(async () => {
  running = await sharedAuthWorld();
  replica = await aReplica();
  const clientOf = (service: TestService) => running.world.client(BrowserSessionService, service);
  replicas = [await clientOf(running.auth), await clientOf(replica)];
  [sessions] = replicas;
});
afterAll(() => replica.stop());

const aReplica = () => running.world.start('auth', { ...running.auth.settings, PORT: '0', GRPC_PORT: '0' });
const hour = () => timestampFromMs(Date.now() + 3_600_000);
const sealed = () => new Uint8Array(randomBytes(64));

async function aSession() {
  const session = { idHash: new Uint8Array(randomBytes(32)), sealed: sealed() };
  await sessions.createBrowserSession({ ...session, expiresAt: hour() });
  return session;
}

/** Expires the hold on a session. */
const letGo = ({ idHash }: { idHash: Uint8Array }) =>
  query(running.auth.databaseUrl, "UPDATE browser_session SET held_until = held_until - interval '5 s' WHERE id_hash = $1", [
    Buffer.from(idHash),
  ]);

describe('a browser session', () => {
  it('is stored unchanged and readable at every replica', async () => {
    const session = await aSession();
    for (const replica of replicas) {
      expect((await replica.getBrowserSession({ idHash: session.idHash })).session).toMatchObject({ sealed: session.sealed, version: 1 });
    }
  });

  it('is not overwritten by a new one', async () => {
    const session = await aSession();
    const again = { idHash: session.idHash, sealed: sealed(), expiresAt: hour() };
    await expect(sessions.createBrowserSession(again)).rejects.toMatchObject(denied('BROWSER_SESSION_CHANGED'));
    expect((await sessions.getBrowserSession({ idHash: session.idHash })).session?.sealed).toEqual(session.sealed);
  });

  it('does not exist after its deletion; deleting it twice is no error', async () => {
    const { idHash } = await aSession();
    await sessions.deleteBrowserSession({ idHash });
    await sessions.deleteBrowserSession({ idHash });
    const gone = denied('BROWSER_SESSION_NOT_FOUND');
    await expect(sessions.getBrowserSession({ idHash })).rejects.toMatchObject(gone);
    await expect(sessions.holdBrowserSession({ idHash, version: 1 })).rejects.toMatchObject(gone);
    await expect(sessions.replaceBrowserSession({ idHash, version: 1, sealed: sealed() })).rejects.toMatchObject(gone);
  });

  it('does not exist after its expiry, and the next start of a replica deletes it', async () => {
    const { idHash } = await aSession();
    const row = [Buffer.from(idHash)];
    await query(running.auth.databaseUrl, 'UPDATE browser_session SET expires_at = now() WHERE id_hash = $1', row);
    await expect(sessions.getBrowserSession({ idHash })).rejects.toMatchObject(denied('BROWSER_SESSION_NOT_FOUND'));
    await aReplica();
    await eventually(async () => {
      expect(await query(running.auth.databaseUrl, 'SELECT FROM browser_session WHERE id_hash = $1', row)).toEqual([]);
    });
  });
});

describe('a change of a browser session', () => {
  it('requires a hold, which one of many gets at a time, at any replica; the others see the unchanged session', async () => {
    const { idHash, sealed: before } = await aSession();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (replicas[index % 2] ?? sessions).holdBrowserSession({ idHash, version: 1 })),
    );
    expect(answers.filter(({ held }) => held)).toHaveLength(1);
    for (const { session } of answers) expect(session).toMatchObject({ sealed: before, version: 1 });
  });

  it('releases the hold: the next hold requires the new version', async () => {
    const { idHash } = await aSession();
    expect(await sessions.holdBrowserSession({ idHash, version: 1 })).toMatchObject({ held: true });
    const after = sealed();
    const { session } = await sessions.replaceBrowserSession({ idHash, version: 1, sealed: after });
    expect(session).toMatchObject({ sealed: after, version: 2 });
    expect(await sessions.holdBrowserSession({ idHash, version: 1 })).toMatchObject({
      held: false,
      session: { sealed: after, version: 2 },
    });
    expect(await sessions.holdBrowserSession({ idHash, version: 2 })).toMatchObject({ held: true });
  });

  it('is possible for another gateway after five seconds, and then no longer for the first one', async () => {
    const session = await aSession();
    const { idHash } = session;
    await sessions.holdBrowserSession({ idHash, version: 1 });
    await letGo(session);
    expect(await sessions.holdBrowserSession({ idHash, version: 1 })).toMatchObject({ held: true });
    await sessions.replaceBrowserSession({ idHash, version: 1, sealed: sealed() });
    const late = sessions.replaceBrowserSession({ idHash, version: 1, sealed: sealed() });
    await expect(late).rejects.toMatchObject(denied('BROWSER_SESSION_CHANGED'));
  });

  it('succeeds once of two concurrent requests', async () => {
    const { idHash } = await aSession();
    const attempts = replicas.map((replica) => replica.replaceBrowserSession({ idHash, version: 1, sealed: sealed() }));
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await sessions.getBrowserSession({ idHash })).session?.version).toBe(2);
  });
});

it('a request with invalid fields is refused with all of them in one error', async () => {
  const wrong = { idHash: new Uint8Array(31), sealed: new Uint8Array(16 * 1024 + 1), expiresAt: timestampFromMs(Date.now() - 1) };
  await expect(sessions.createBrowserSession(wrong)).rejects.toMatchObject({
    ...denied('INVALID_FIELD'),
    violations: [{ field: 'id_hash' }, { field: 'sealed' }, { field: 'expires_at' }],
  });
  await expect(sessions.holdBrowserSession({})).rejects.toMatchObject({
    ...denied('INVALID_FIELD'),
    violations: [{ field: 'id_hash' }, { field: 'version' }],
  });
});
