import { setImmediate } from 'node:timers/promises';

/** A request and its outcome. Times are those of `performance.now()`. */
export interface Shot {
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly outcome: string;
}

/** The number of concurrent requests. */
const CONCURRENCY = 4;

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
          // A request that fails without I/O, as on a closed channel, would keep the event loop from everything else.
          if (outcome !== 'yes') await setImmediate();
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
