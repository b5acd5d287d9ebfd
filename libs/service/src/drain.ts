import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The time between the signal to stop and the end of a service: it serves everything as before, reports that it is not ready, and asks HTTP
 * clients to close their connections. Balancers and clients find another replica meanwhile.
 */
export class Drain {
  readonly #listeners: (() => void)[] = [];
  #hasBegun = false;

  /** @param delayMs the duration, in milliseconds */
  constructor(readonly delayMs: number) {}

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  onBegin(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Begins, and resolves when the time is over. */
  async run(): Promise<void> {
    this.#hasBegun = true;
    for (const listener of this.#listeners) listener();
    await sleep(this.delayMs);
  }
}
