import { describe, expect, it } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { KeyedBatcher } from './keyed-batcher.ts';

const tick = () => new Promise((resolve) => setImmediate(resolve));

/** Notes what is done together, and answers each item with itself. */
function notebook(answer: (item: number) => number | Error = (item) => item) {
  const batches: string[] = [];
  const together = new KeyedBatcher<number, number>(async (key, items) => {
    batches.push(`${key}: ${items.join(' ')}`);
    await tick();
    return items.map(answer);
  });
  return { batches, together };
}

describe('KeyedBatcher', () => {
  it('does the first at once, and what comes in meanwhile in one go', async () => {
    const { batches, together } = notebook();
    expect(await Promise.all([1, 2, 3, 4].map((item) => together.run('a', item)))).toEqual([1, 2, 3, 4]);
    expect(batches).toEqual(['a: 1', 'a: 2 3 4']);
  });

  it('keeps keys apart, and starts afresh when nothing waits', async () => {
    const { batches, together } = notebook();
    await Promise.all([together.run('a', 1), together.run('b', 2)]);
    await together.run('a', 3);
    expect(batches).toEqual(['a: 1', 'b: 2', 'a: 3']);
  });

  it('does 200 together at most', async () => {
    const { batches, together } = notebook();
    await Promise.all(Array.from({ length: 402 }, (_, item) => together.run('a', item)));
    expect(batches.map((batch) => batch.split(' ').length - 1)).toEqual([1, 200, 200, 1]);
  });

  it('fails one for its own error, and all for a common one', async () => {
    const { together } = notebook((item) => (item === 2 ? new Error('not 2') : item));
    const [one, two, three] = await Promise.allSettled([1, 2, 3].map((item) => together.run('a', item)));
    expect([one?.status, two?.status, three?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const failing = new KeyedBatcher(() => Promise.reject(new Error('down')));
    await expect(Promise.all([failing.run('a', 1), failing.run('a', 2)])).rejects.toThrow('down');
    await expect(failing.run('a', 3)).rejects.toThrow('down');
  });

  it('works in the name of nobody, and answers each in their own', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const together = new KeyedBatcher<number, number>(async (_key, items) => {
      seen.push(storage.getStore());
      await tick();
      return items;
    });
    const ask = async (item: number) => [await together.run('a', item), storage.getStore()];
    const answers = [1, 2, 3].map((item) => storage.run(`user ${String(item)}`, () => ask(item)));
    expect(await Promise.all(answers)).toEqual([1, 2, 3].map((item) => [item, `user ${String(item)}`]));
    expect(seen).toEqual([undefined, undefined]);
  });
});
