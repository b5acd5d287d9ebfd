import { type Context, context } from '@opentelemetry/api';
import { AsyncResource } from 'node:async_hooks';
import { inBatchSpan } from './batch-span.ts';

/** The largest batch. */
const MAX_BATCH = 200;

/** Processes a batch in order. Returns a result or an error per item, or throws one error for all. */
type Work<Item, Result> = (key: string, items: readonly Item[]) => Promise<readonly (Result | Error)[]>;

interface Waiting<Item, Result> {
  /** The trace in which the item was added. */
  readonly trace: Context;
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Batches work by key: runs the first item at once, and the items that arrive meanwhile in one batch after it. Without batching, concurrent
 * writes to one row would each hold a database connection while they wait for the row's lock.
 *
 * @example
 * readonly #ballots = new KeyedBatcher<Ballot, Post>((postId, ballots) => this.#count(postId, ballots));
 * vote(postId: string, ballot: Ballot): Promise<Post> { return this.#ballots.run(postId, ballot); }
 */
export class KeyedBatcher<Item, Result> {
  readonly #work: (traces: readonly Context[], ...batch: Parameters<Work<Item, Result>>) => ReturnType<Work<Item, Result>>;
  readonly #waiting = new Map<string, Waiting<Item, Result>[]>();

  constructor(work: Work<Item, Result>) {
    // A batch serves several calls, so it must not run in the call context of the first one.
    this.#work = AsyncResource.bind((traces, key, items) => inBatchSpan(traces, () => work(key, items)));
  }

  run(key: string, item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(key);
      const added = { item, trace: context.active(), resolve, reject };
      if (waiting) {
        waiting.push(added);
      } else {
        this.#waiting.set(key, [added]);
        void this.#run(key);
      }
    });
  }

  async #run(key: string): Promise<void> {
    const waiting = this.#waiting.get(key) ?? [];
    while (waiting.length > 0) await this.#settle(key, waiting.splice(0, MAX_BATCH));
    this.#waiting.delete(key);
  }

  async #settle(key: string, batch: readonly Waiting<Item, Result>[]): Promise<void> {
    const [traces, items] = [batch.map(({ trace }) => trace), batch.map(({ item }) => item)];
    try {
      const results = await this.#work(traces, key, items);
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index];
        if (result === undefined || result instanceof Error) reject(result);
        else resolve(result);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
