/** A request, and what came of it. Times are those of `performance.now()`. */
export interface Shot {
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly outcome: string;
}

/** How many requests are under way at a time. */
const AT_A_TIME = 4;

/** The same request, again and again, until it is stopped. */
export class Load {
  readonly shots: Shot[] = [];
  readonly #workers: Promise<unknown>;
  #stopped = false;

  /** @param send places the request; resolves with `yes`, or the reason that it was refused for */
  constructor(send: () => Promise<string>) {
    this.#workers = Promise.all(
      Array.from({ length: AT_A_TIME }, async () => {
        while (!this.#stopped) {
          const sentAt = performance.now();
          const outcome = await send();
          this.shots.push({ sentAt, answeredAt: performance.now(), outcome });
        }
      }),
    );
  }

  /** Those that were refused, in the order of their answers. */
  get refused(): readonly Shot[] {
    return this.shots.filter(({ outcome }) => outcome !== 'yes');
  }

  /** Those that were accepted though they were sent after the answer to one that was not. */
  get acceptedAfter(): readonly Shot[] {
    const [first] = this.refused;
    return this.shots.filter(({ outcome, sentAt }) => outcome === 'yes' && sentAt > (first?.answeredAt ?? Infinity));
  }

  /** Sends no more, and waits for the answers. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#workers;
  }
}
