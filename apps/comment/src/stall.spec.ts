import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Client } from '@reputable/auth';
import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { newId } from '@reputable/database';
import type { DomainError } from '@reputable/errors';
import { eventually, OwnPostgres, PATIENCE, type TestService, TestWorld } from '@reputable/testing';
import { setTimeout as sleep } from 'node:timers/promises';

/** The duration of the stall, in milliseconds. */
const STALL_MS = 5_000;

let postgres: OwnPostgres;
let comment: TestService;
let comments: Client<typeof CommentService>;

beforeAll(async () => {
  const world = await TestWorld.shared();
  postgres = await OwnPostgres.start();
  comment = await world.start('comment', { DATABASE_URL: await postgres.createDatabase('comment'), DEADLINE_MS: '2000' });
  comments = await world.client(CommentService, comment);
});
afterAll(async () => {
  postgres.resume();
  await comment.stop();
  await postgres.stop();
});

/** A read that has been answered. */
interface Read {
  readonly at: number;
  readonly ms: number;
  readonly outcome: string;
}

/** The reads, in the order of their answers. */
const answered: Read[] = [];

/** Sends four reads every 50 ms until `end`, independent of their answers. */
async function readUntil(end: Promise<unknown>): Promise<void> {
  const reads: Promise<void>[] = [];
  const over = new AbortController();
  void end.then(() => over.abort());
  while (!over.signal.aborted) {
    for (let n = 0; n < 4; n += 1) reads.push(read().then((one) => void answered.push(one)));
    await sleep(50);
  }
  await Promise.all(reads);
}

async function read(): Promise<Read> {
  const at = performance.now();
  const outcome = await comments.listComments({ postId: newId(), pageSize: 1 }).then(
    () => 'answered',
    (error: unknown) => (error as DomainError).reason,
  );
  return { at, ms: performance.now() - at, outcome };
}

it('says in 2.5 seconds that the database does not answer, and works three seconds after it does', async () => {
  await read();
  const over = Promise.withResolvers<undefined>();
  const reading = readUntil(over.promise);
  await sleep(500);
  postgres.stall();
  const stalled = performance.now();
  await sleep(STALL_MS);
  postgres.resume();
  const resumed = performance.now();
  // Until it has answered all reads of a second.
  await eventually(() => expect(answered.slice(-80).every(({ at, outcome }) => at > resumed && outcome === 'answered')).toBe(true));
  over.resolve(undefined);
  await reading;

  const during = answered.filter(({ at }) => at > stalled && at < resumed - 3_000);
  expect(new Set(during.map(({ outcome }) => outcome))).toEqual(new Set(['DATABASE_UNAVAILABLE']));
  expect(Math.max(...during.map(({ ms }) => ms))).toBeLessThan(PATIENCE * 2_500);
  const failed = answered.filter(({ at, outcome }) => at > resumed && outcome !== 'answered');
  const longest = Math.max(0, ...failed.map(({ at, ms }) => at + ms - resumed));
  expect(longest).toBeLessThan(PATIENCE * 3_000);
});
