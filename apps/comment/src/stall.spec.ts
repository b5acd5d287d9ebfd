import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Client } from '@reputable/auth';
import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { newId } from '@reputable/database';
import type { DomainError } from '@reputable/errors';
import { OwnPostgres, type TestService, TestWorld } from '@reputable/testing';
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

/** Sends four reads every 50 ms until `end`, independent of their answers. */
async function readUntil(end: Promise<unknown>): Promise<Read[]> {
  const reads: Promise<Read>[] = [];
  const over = new AbortController();
  void end.then(() => over.abort());
  while (!over.signal.aborted) {
    for (let n = 0; n < 4; n += 1) reads.push(read());
    await sleep(50);
  }
  return Promise.all(reads);
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
  await sleep(4_000);
  over.resolve(undefined);
  const reads = await reading;

  const during = reads.filter(({ at }) => at > stalled && at < resumed - 3_000);
  expect(new Set(during.map(({ outcome }) => outcome))).toEqual(new Set(['DATABASE_UNAVAILABLE']));
  expect(Math.max(...during.map(({ ms }) => ms))).toBeLessThan(2_500);
  const failed = reads.filter(({ at, outcome }) => at > resumed && outcome !== 'answered');
  const longest = Math.max(0, ...failed.map(({ at, ms }) => at + ms - resumed));
  expect(longest).toBeLessThan(3_000);
});
