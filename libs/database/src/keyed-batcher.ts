import { AsyncResource } from 'node:async_hooks';

/** How much is done together at most. */
const MOST = 200;

/** Does all of these items, in the order they came, and returns a result or an error for each, or throws for all. */
type Work<Item, Result> = (key: string, items: readonly Item[]) => Promise<readonly (Result | Error)[]>;

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Does what is asked for under the same key together: the first at once, and all that comes in meanwhile in one go after it. When many
 * write to one row at once they would otherwise wait for it with a connection each, and one after the other.
 *
 * @example
 * readonly #ballots = new KeyedBatcher<Ballot, Post>((postId, ballots) => this.#count(postId, ballots));
 * vote(postId: string, ballot: Ballot): Promise<Post> { return this.#ballots.run(postId, ballot); }
 */
export class KeyedBatcher<Item, Result> {
  readonly #work: Work<Item, Result>;
  readonly #waiting = new Map<string, Waiting<Item, Result>[]>();

  constructor(work: Work<Item, Result>) {
    // What is done for many is done on behalf of none of them: not in the call of the one who happened to come first.
    this.#work = AsyncResource.bind(work);
  }

  run(key: string, item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(key);
      if (waiting) {
        waiting.push({ item, resolve, reject });
      } else {
        this.#waiting.set(key, [{ item, resolve, reject }]);
        void this.#run(key);
      }
    });
  }

  async #run(key: string): Promise<void> {
    const waiting = this.#waiting.get(key) ?? [];
    while (waiting.length > 0) await this.#settle(key, waiting.splice(0, MOST));
    this.#waiting.delete(key);
  }

  async #settle(key: string, batch: readonly Waiting<Item, Result>[]): Promise<void> {
    const items = batch.map(({ item }) => item);
    try {
      const results = await this.#work(key, items);
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
