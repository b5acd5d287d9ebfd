import { setTimeout } from 'node:timers/promises';

/** A request and its outcome. Times are those of `performance.now()`. */
export interface Shot {
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly outcome: string;
}

/** The number of concurrent requests. */
const CONCURRENCY = 4;

/** The pause after each request, in milliseconds. Without it, the fastest of several loads would take the CPU from the others. */
const PAUSE_MS = 5;

/** Repeats one request until it is stopped. */
export class Load {
  readonly shots: Shot[] = [];
  readonly #workers: Promise<unknown>;
  #stopped = false;

  /** @param send sends the request; resolves with `yes` or the reason of the error */
  constructor(send: () => Promise<string>) {
    this.#workers = Promise.all(
      Array.from({ length: CONCURRENCY }, async () => {
        while (!this.#stopped) {
          const sentAt = performance.now();
          const outcome = await send();
          this.shots.push({ sentAt, answeredAt: performance.now(), outcome });
          await setTimeout(PAUSE_MS);
        }
      }),
    );
  }

  /** The refused requests, in the order of their responses. */
  get refused(): readonly Shot[] {
    return this.shots.filter(({ outcome }) => outcome !== 'yes');
  }

  /** The requests that were sent after the first refusal and accepted. */
  get acceptedAfter(): readonly Shot[] {
    const [first] = this.refused;
    return this.shots.filter(({ outcome, sentAt }) => outcome === 'yes' && sentAt > (first?.answeredAt ?? Infinity));
  }

  /** Stops sending and waits for open responses. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#workers;
  }
}
