import { setTimeout as sleep } from 'node:timers/promises';

/** How many read at the same time. */
const READERS = 4;

/** Between two reads of one reader, in milliseconds: it is to be steady, not as fast as can be. */
const PAUSE_MS = 10;

/** One read: undefined if it succeeds, or what was wrong. */
export type Read = () => Promise<string | undefined>;

/** Reads, again and again, until it is stopped; and remembers what failed. */
export class Load {
  readonly failures: string[] = [];
  reads = 0;
  slowestMs = 0;
  #stopped = false;
  readonly #readers: Promise<unknown>;

  constructor(read: Read) {
    this.#readers = Promise.all(Array.from({ length: READERS }, () => this.#run(read)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#readers;
  }

  async #run(read: Read): Promise<void> {
    while (!this.#stopped) {
      const began = performance.now();
      const failure = await read().catch((error: unknown) => (error as Error).message);
      this.reads += 1;
      this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
      if (failure !== undefined) this.failures.push(`${new Date().toISOString()} ${failure}`);
      await sleep(PAUSE_MS);
    }
  }
}

/** Reads posts by the public API. */
export function readPosts(graphql: string): Read {
  return async () => {
    const response = await fetch(graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ posts(first: 5) { nodes { id title } } }' }),
      signal: AbortSignal.timeout(15_000),
    });
    const { data, errors } = (await response.json()) as { data?: unknown; errors?: readonly { readonly message: string }[] };
    return data && !errors ? undefined : (errors?.[0]?.message ?? `HTTP ${String(response.status)}`);
  };
}
