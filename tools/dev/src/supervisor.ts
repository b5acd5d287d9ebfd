import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from './log.ts';
import type { ReplicaName } from './replicas.ts';
import type { System } from './system.ts';

/** The pause before the first new start, in milliseconds. Each further one within the minute takes twice as long. */
const FIRST_PAUSE_MS = 250;
const MINUTE_MS = 60_000;
const MAX_ENDS = 5;

export interface SupervisorOptions {
  readonly system: () => Pick<System, 'restart' | 'processes'>;
  readonly log: Log;
  /** Called with the last error of a service that has ended five times within a minute. */
  readonly giveUp: (error: Error) => void;
  /** Aborts pauses. */
  readonly signal: AbortSignal;
}

/** Starts services again that end by themselves. */
export class Supervisor {
  readonly #ends = new Map<ReplicaName, readonly number[]>();
  readonly #work = new Set<Promise<void>>();

  constructor(private readonly options: SupervisorOptions) {}

  /** Starts a service again, after a pause. */
  ended(error: Error, name: ReplicaName): void {
    const work = this.#recover(error, name).finally(() => this.#work.delete(work));
    this.#work.add(work);
  }

  /** Resolves when no start is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#work);
  }

  #isInterrupted(): boolean {
    return this.options.signal.aborted;
  }

  async #recover(error: Error, name: ReplicaName): Promise<void> {
    const { system, log, giveUp, signal } = this.options;
    for (let last = error; ;) {
      const count = this.#count(name);
      if (count === MAX_ENDS) {
        giveUp(new Error(`${last.message} It has ended ${String(MAX_ENDS)} times within a minute.`));
        return;
      }
      const pause = FIRST_PAUSE_MS * 2 ** (count - 1);
      log('launcher', `${last.message} Starting it again in ${String(pause / 1000)} s.`);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      // With --watch, a change can have started it.
      if (this.#isInterrupted() || system().processes[name]?.running) return;
      try {
        await system().restart(name);
        log('launcher', `${name} runs again, in process ${String(system().processes[name]?.pid)}.`);
        return;
      } catch (failure) {
        if (this.#isInterrupted()) return;
        last = failure as Error;
        if (typeof last.cause === 'string') log(name, last.cause);
      }
    }
  }

  /** The number of ends of a service within the last minute, with this one. Starts again at the last one that counts. */
  #count(name: ReplicaName): number {
    const now = performance.now();
    const ends = [...(this.#ends.get(name) ?? []).filter((end) => now - end < MINUTE_MS), now];
    this.#ends.set(name, ends.length === MAX_ENDS ? [] : ends);
    return ends.length;
  }
}
