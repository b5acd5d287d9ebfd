/**
 * Creates posts while the table is locked, the service freezes and connections break, all at random moments, and repeats each request once with
 * its idempotency key. More posts than in CI: `CREATES=500 npm test -- e2e/src/repeated-create.spec.ts`.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { UserService } from '@reputable/contracts/user/v1/user';
import { aUser, query, Relay, type TestService, TestWorld } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

const CREATES = Number(process.env.CREATES ?? 50);

/** The number of requests at a time. */
const CONCURRENCY = 5;

const DEADLINE_MS = 400;

let world: TestWorld;
let post: TestService;
let relay: Relay;
let origin: string;
/** A gateway with the deadlines of other specs, and without the relay. */
let patientOrigin: string;
const author = aUser();

beforeAll(async () => {
  world = await TestWorld.shared();
  const services = await world.services();
  ({ post } = services);
  await (await world.client(UserService, services.user, { service: 'auth' })).createProfile({ userId: author.id, displayName: 'Author' });
  relay = await Relay.start(() => post.ports.grpc);
  const patient = await world.service('gateway');
  const hasty = await world.start('gateway', { ...patient.settings, DEADLINE_MS: String(DEADLINE_MS), POST_URL: relay.url });
  [origin, patientOrigin] = [hasty, patient].map(({ ports }) => `http://127.0.0.1:${String(ports.http)}`) as [string, string];
});
afterAll(() => {
  relay.down();
});

interface Creation {
  readonly status: number;
  readonly body: { readonly id?: string; readonly detail?: string };
}

async function create(key: string, at: string): Promise<Creation> {
  const response = await fetch(`${at}/api/v1/posts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.opaque(author)}`, 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ title: key, body: 'Once.' }),
  });
  return { status: response.status, body: (await response.json()) as Creation['body'] };
}

/** Creates the posts, some at a time. @returns what happened to each */
async function createAll(keys: readonly string[], at = origin): Promise<ReadonlyMap<string, Creation>> {
  const created = new Map<string, Creation>();
  const waiting = [...keys];
  const worker = async () => {
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) created.set(key, await create(key, at));
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return created;
}

const upTo = (ms: number) => setTimeout(Math.random() * ms);

/** Holds the calls up in one of three ways, again and again, until it is stopped. */
async function holdUp(stopped: () => boolean): Promise<void> {
  const ways = [
    async () => {
      const seconds = (Math.random() * 1.5 * DEADLINE_MS) / 1_000;
      await query(post.databaseUrl, `DO $$ BEGIN LOCK TABLE post; PERFORM pg_sleep(${String(seconds)}); END $$`);
    },
    async () => {
      post.process.kill('SIGSTOP');
      await upTo(1.5 * DEADLINE_MS);
      post.process.kill('SIGCONT');
    },
    async () => {
      relay.down();
      await upTo(100);
      await relay.up();
    },
  ];
  while (!stopped()) {
    await ways[Math.floor(Math.random() * ways.length)]?.();
    await upTo(DEADLINE_MS / 2);
  }
}

const titles = async () =>
  (await query<{ title: string }>(post.databaseUrl, 'SELECT title FROM post WHERE author_id = $1', [author.id])).map(({ title }) => title);

it(
  `${String(CREATES)} posts are created once each, although many of the requests are held up and all are repeated`,
  async () => {
    const keys = Array.from({ length: CREATES }, () => randomUUID());
    let done = false;
    const [first] = await Promise.all([
      createAll(keys).finally(() => {
        done = true;
      }),
      holdUp(() => done),
    ]);
    const failed = [...first].filter(([, { status }]) => status !== 201);
    expect(failed.length).toBeGreaterThan(CREATES / 20);
    expect(failed.filter(([, { status, body }]) => ![503, 504].includes(status) || !body.detail?.includes('Try again'))).toEqual([]);
    // A change that the service has reported as not made is not made later.
    await setTimeout(2 * DEADLINE_MS);
    const rows = new Set(await titles());
    const notMade = failed.filter(([, { body }]) => body.detail?.includes('The change was not made.')).map(([key]) => key);
    expect(notMade.filter((key) => rows.has(key))).toEqual([]);

    const second = await createAll(keys, patientOrigin);
    expect([...second.values()].filter(({ status }) => status !== 201)).toEqual([]);
    expect((await titles()).toSorted()).toEqual(keys.toSorted());
    for (const [key, { status, body }] of first) if (status === 201) expect(second.get(key)?.body.id).toBe(body.id);
    const unknown = failed.length - notMade.length;
    if (process.env.CREATES)
      console.log({ failed: failed.length, notMade: notMade.length, unknown, made: rows.size - (CREATES - failed.length) });
  },
  Math.max(300_000, CREATES * 2_000),
);
