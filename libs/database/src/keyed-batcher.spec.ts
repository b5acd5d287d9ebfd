import { describe, expect, it } from '@jest/globals';
import { currentCall, runInCall } from '@reputable/auth';
import { Code } from '@reputable/errors';
import { AsyncLocalStorage } from 'node:async_hooks';
import { KeyedBatcher } from './keyed-batcher.ts';

const tick = () => new Promise((resolve) => setImmediate(resolve));

/** Records the batches and resolves each item with itself. */
function recordingBatcher(answer: (item: number) => number | Error = (item) => item) {
  const batches: string[] = [];
  const batcher = new KeyedBatcher<number, number>(async (key, items) => {
    batches.push(`${key}: ${items.join(' ')}`);
    await tick();
    return items.map(answer);
  });
  return { batches, batcher };
}

describe('KeyedBatcher', () => {
  it('runs the first item at once, and the items that arrive meanwhile in one batch', async () => {
    const { batches, batcher } = recordingBatcher();
    expect(await Promise.all([1, 2, 3, 4].map((item) => batcher.run('a', item)))).toEqual([1, 2, 3, 4]);
    expect(batches).toEqual(['a: 1', 'a: 2 3 4']);
  });

  it('batches each key separately, and runs at once again when nothing waits', async () => {
    const { batches, batcher } = recordingBatcher();
    await Promise.all([batcher.run('a', 1), batcher.run('b', 2)]);
    await batcher.run('a', 3);
    expect(batches).toEqual(['a: 1', 'b: 2', 'a: 3']);
  });

  it('limits a batch to 200 items', async () => {
    const { batches, batcher } = recordingBatcher();
    await Promise.all(Array.from({ length: 402 }, (_, item) => batcher.run('a', item)));
    expect(batches.map((batch) => batch.split(' ').length - 1)).toEqual([1, 200, 200, 1]);
  });

  it('rejects one item with its own error, or all with a common one', async () => {
    const { batcher } = recordingBatcher((item) => (item === 2 ? new Error('not 2') : item));
    const [one, two, three] = await Promise.allSettled([1, 2, 3].map((item) => batcher.run('a', item)));
    expect([one?.status, two?.status, three?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const failing = new KeyedBatcher(() => Promise.reject(new Error('down')));
    await expect(Promise.all([failing.run('a', 1), failing.run('a', 2)])).rejects.toThrow('down');
    await expect(failing.run('a', 3)).rejects.toThrow('down');
  });

  it('runs a batch outside of any call context, and resolves each item in its own', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const batcher = new KeyedBatcher<number, number>(async (_key, items) => {
      seen.push(storage.getStore());
      await tick();
      return items;
    });
    const ask = async (item: number) => [await batcher.run('a', item), storage.getStore()];
    const answers = [1, 2, 3].map((item) => storage.run(`user ${String(item)}`, () => ask(item)));
    expect(await Promise.all(answers)).toEqual([1, 2, 3].map((item) => [item, `user ${String(item)}`]));
    expect(seen).toEqual([undefined, undefined]);
  });

  it('does not process an item whose call has ended, and gives a batch the latest deadline of its items', async () => {
    const now = Date.now();
    const batches: unknown[] = [];
    const batcher = new KeyedBatcher<number, number>(async (_key, items) => {
      batches.push([items, (currentCall()?.deadline ?? NaN) - now]);
      await tick();
      return items;
    });
    const until = (ms: number) => ({ user: undefined, peer: undefined, token: undefined, deadline: now + ms });
    const added = [5_000, -1, 7_000, 6_000].map((ms, item) => runInCall(until(ms), () => batcher.run('a', item)));
    expect(await Promise.allSettled(added)).toMatchObject([
      { value: 0 },
      { reason: { code: Code.DEADLINE_EXCEEDED, message: expect.stringContaining('The change was not made.') } },
      { value: 2 },
      { value: 3 },
    ]);
    expect(batches).toEqual([
      [[0], 5_000],
      [[2, 3], 7_000],
    ]);
  });
});
