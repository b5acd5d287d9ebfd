import { performance } from 'node:perf_hooks';

/** The number of requests that are always handled at once. */
const AT_ONCE = 32;

/** The longest wait, in milliseconds: a client that waits longer is better off with another try. */
const MAX_WAIT_MS = 500;

/** The interval of the measurements while requests wait, in milliseconds. */
const TICK_MS = 25;

/** The share of a tick in which the process of an idle gateway runs code. */
const IDLE_UTILIZATION = 0.7;

/** The least number of further requests to start in an idle tick. */
const STEP = 4;

/** The time between two finished requests before anything has been measured, in milliseconds. */
const FIRST_INTERVAL_MS = 2;

/** The weight of the last measurement in the average. */
const WEIGHT = 0.1;

/** The largest measurement, as a multiple of the average. */
const MAX_RATIO = 4;

/** A request that waits. */
export interface Waiting {
  readonly start: () => void;
  readonly refuse: () => void;
}

/**
 * Decides when a request is handled. A gateway that handles all requests of a burst at once finishes none of them before its deadline. So it
 * handles {@link AT_ONCE}, and the others wait. The measured time between two finished requests tells how many can start within
 * {@link MAX_WAIT_MS}; the oldest beyond them are refused at once. While so many wait, the newest is next: it has the most time left.
 *
 * Requests to a service that hangs take long but use no CPU time. So while requests wait and the process is idle, further ones start.
 */
export class Admission {
  #running = 0;
  #extra = 0;
  #finished = 0;
  /** The time of the last measurement. */
  #measured = 0;
  #intervalMs = FIRST_INTERVAL_MS;
  /** Oldest first. */
  readonly #waiting: (Waiting & { readonly since: number })[] = [];
  #timer: NodeJS.Timeout | undefined;
  #last = performance.eventLoopUtilization();

  /** The number of requests that have started and not ended, and of those that wait. */
  get inFlight(): number {
    return this.#running + this.#waiting.length;
  }

  /** Whether a request starts now. It then ends with {@link leave}. */
  enter(): boolean {
    if (this.#running >= AT_ONCE + this.#extra) return false;
    this.#running += 1;
    return true;
  }

  /** A request that could not enter. `start` is called within it, and it then ends with {@link leave}; or `refuse`. */
  wait(waiting: Waiting): void {
    this.#waiting.push({ ...waiting, since: performance.now() });
    this.#shed();
    if (this.#timer) return;
    this.#last = performance.eventLoopUtilization();
    this.#restart();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  readonly leave = (): void => {
    this.#running -= 1;
    this.#finished += 1;
    this.#startNext();
  };

  #startNext(): void {
    while (this.#waiting.length > 0 && this.enter()) {
      const next = this.#waiting.length > this.#places / 2 ? this.#waiting.pop() : this.#waiting.shift();
      next?.start();
    }
  }

  /** The number of requests that can start within {@link MAX_WAIT_MS}. */
  get #places(): number {
    return MAX_WAIT_MS / this.#intervalMs;
  }

  #tick(): void {
    const now = performance.eventLoopUtilization();
    const isIdle = performance.eventLoopUtilization(now, this.#last).utilization < IDLE_UTILIZATION;
    this.#last = now;
    if (isIdle) {
      // Counted from those that run, which may all wait for a service that hangs.
      this.#extra = Math.max(0, this.#running - AT_ONCE) + Math.max(STEP, Math.ceil(this.#waiting.length / 4));
      this.#restart();
    } else this.#measure();
    this.#startNext();
    this.#shed();
    if (this.#waiting.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#extra = 0;
  }

  #measure(): void {
    this.#extra = Math.max(0, this.#extra - STEP);
    if (this.#finished === 0) return;
    const intervalMs = (performance.now() - this.#measured) / this.#finished;
    // One pause of the process must not refuse half of those that wait.
    this.#intervalMs += WEIGHT * (Math.min(intervalMs, MAX_RATIO * this.#intervalMs) - this.#intervalMs);
    this.#restart();
  }

  #restart(): void {
    this.#measured = performance.now();
    this.#finished = 0;
  }

  #shed(): void {
    const latest = performance.now() - MAX_WAIT_MS;
    while (this.#waiting.length > this.#places || (this.#waiting[0]?.since ?? Infinity) < latest) this.#waiting.shift()?.refuse();
  }
}
