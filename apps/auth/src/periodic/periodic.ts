import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';

/**
 * A task that runs again and again, one run at a time, with a pause after each run. A failed run is logged; the next run tries again. As a Nest
 * provider it runs from the start of the application to its shutdown.
 */
export class Periodic implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #log = new Logger('periodic');
  readonly #stop = new AbortController();
  #loop: Promise<void> | undefined;

  /**
   * @param task names the work in the log
   * @param work one run, which ends early when the signal is aborted
   */
  constructor(
    readonly task: string,
    readonly pauseMs: number,
    readonly work: (signal: AbortSignal) => Promise<void>,
  ) {}

  onApplicationBootstrap(): void {
    this.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.stop();
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Starts no further run. Resolves when the current run, if any, has ended. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.work(signal).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.#log.warn({ msg: 'periodic task failed', task: this.task, reason });
      });
      await setTimeout(this.pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
