import { Logger } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';

/** Work that is done again and again: one run at a time, the next one a pause after the last. A run that fails is logged, and made up for by the next. */
export class Periodic {
  readonly #log = new Logger('periodic');
  readonly #stop = new AbortController();
  #loop: Promise<void> | undefined;

  /** @param what names the work in the log */
  constructor(
    readonly what: string,
    readonly pauseMs: number,
    readonly work: () => Promise<void>,
  ) {}

  start(): void {
    this.#loop = this.#run();
  }

  /** Resolves when the run at hand, if any, has ended. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.work().catch((error: unknown) => {
        this.#log.warn({
          msg: `${this.what} failed, and will be tried again`,
          reason: error instanceof Error ? error.message : String(error),
        });
      });
      await setTimeout(this.pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
