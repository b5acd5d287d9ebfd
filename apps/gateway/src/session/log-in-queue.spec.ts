import { expect, it } from '@jest/globals';
import { denied } from '@reputable/testing';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { LogInQueue } from './log-in-queue.ts';

it('runs two calls at a time, each in its own context', async () => {
  const queue = new LogInQueue();
  const who = new AsyncLocalStorage<number>();
  let running = 0;
  let most = 0;
  const call = async () => {
    running += 1;
    most = Math.max(most, running);
    await sleep(1);
    running -= 1;
    return who.getStore();
  };
  const callers = Array.from({ length: 100 }, (_, i) => i);
  expect(await Promise.all(callers.map((i) => who.run(i, () => queue.do(call))))).toEqual(callers);
  expect(most).toBe(2);
});

it('refuses a call after a second in the queue, without running it', async () => {
  const queue = new LogInQueue();
  const slow = Array.from({ length: 2 }, () => queue.do(() => sleep(1_100)));
  let called = false;
  const late = queue.do(() => Promise.resolve((called = true)));
  await expect(late).rejects.toMatchObject(denied('TOO_BUSY'));
  expect(called).toBe(false);
  await Promise.all(slow);
  await queue.do(() => Promise.resolve());
});

it('lets other work run between the refusals of calls queued together', async () => {
  const queue = new LogInQueue();
  const slow = Array.from({ length: 2 }, () => queue.do(() => sleep(1_100)));
  let turnedAway = 0;
  const late = Array.from({ length: 100 }, () =>
    queue
      .do(() => Promise.resolve())
      .catch(() => {
        turnedAway += 1;
      }),
  );
  await Promise.all(slow);
  const seen = new Set<number>();
  while (turnedAway < late.length) {
    await setImmediate();
    seen.add(turnedAway);
  }
  expect(seen.size).toBeGreaterThan(10);
});

it('refuses a call at once if 500 others are waiting', async () => {
  const queue = new LogInQueue();
  const end = Promise.withResolvers<undefined>();
  const others = Array.from({ length: 502 }, () => queue.do(() => end.promise));
  await expect(queue.do(() => end.promise)).rejects.toMatchObject(denied('TOO_BUSY'));
  end.resolve(undefined);
  await Promise.all(others);
});
