import { type Context, context } from '@opentelemetry/api';
import { currentCall, runInCall } from '@reputable/auth';
import { notDoneInTime } from '@reputable/errors';
import { AsyncResource } from 'node:async_hooks';
import { inBatchSpan } from './batch-span.ts';

/** The largest batch. */
const MAX_BATCH = 200;

/** Processes a batch in order. Returns a result or an error per item, or throws one error for all. */
type Work<Item, Result> = (key: string, items: readonly Item[]) => Promise<readonly (Result | Error)[]>;

interface Waiting<Item, Result> {
  /** The deadline of the call that added the item, in milliseconds since the epoch; Infinity outside a call. */
  readonly deadline: number;
  /** The trace in which the item was added. */
  readonly trace: Context;
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Batches work by key: runs the first item at once, and the items that arrive meanwhile in one batch after it. Without batching, concurrent
 * writes to one row would each hold a database connection while they wait for the row's lock. Items whose call has ended are not processed. A
 * batch has the latest deadline of its items, so an item can be processed after its call has ended: it must be one that can be repeated.
 *
 * @example
 * readonly #ballots = new KeyedBatcher<Ballot, Post>((postId, ballots) => this.#count(postId, ballots));
 * vote(postId: string, ballot: Ballot): Promise<Post> { return this.#ballots.run(postId, ballot); }
 */
export class KeyedBatcher<Item, Result> {
  readonly #work: (batch: readonly Waiting<Item, Result>[], key: string) => ReturnType<Work<Item, Result>>;
  readonly #waiting = new Map<string, Waiting<Item, Result>[]>();

  constructor(work: Work<Item, Result>) {
    // A batch serves several calls, so it must not run in the call context of the first one.
    this.#work = AsyncResource.bind((batch, key) => {
      const [traces, items] = [batch.map(({ trace }) => trace), batch.map(({ item }) => item)];
      const deadline = Math.max(...batch.map((waiting) => waiting.deadline));
      return runInCall({ user: undefined, peer: undefined, token: undefined, deadline }, () => inBatchSpan(traces, () => work(key, items)));
    });
  }

  run(key: string, item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(key);
      const added = { item, trace: context.active(), deadline: currentCall()?.deadline ?? Infinity, resolve, reject };
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
    while (waiting.length > 0) await this.#settle(key, waiting.splice(0, MAX_BATCH).filter(isInTime));
    this.#waiting.delete(key);
  }

  async #settle(key: string, batch: readonly Waiting<Item, Result>[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      const results = await this.#work(batch, key);
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

/** Rejects an item whose call has ended. */
function isInTime({ deadline, reject }: Pick<Waiting<unknown, unknown>, 'deadline' | 'reject'>): boolean {
  if (Date.now() < deadline) return true;
  reject(notDoneInTime());
  return false;
}
