import { Injectable } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import pLimit from 'p-limit';
import { tooBusy } from './session.errors.ts';

/** Concurrent calls to auth: while auth hashes one password, it can do the remaining work of the other call. */
const CONCURRENCY = 2;

/** The longest wait in the queue, in milliseconds. */
const MAX_WAIT_MS = 1_000;

/** The longest queue. */
const MAX_WAITING = 500;

/** Limits the concurrent calls that make auth hash a password, so that many log-ins do not block other requests. */
@Injectable()
export class LogInQueue {
  readonly #limit = pLimit(CONCURRENCY);

  /** @throws DomainError TOO_BUSY */
  async do<T>(call: () => Promise<T>): Promise<T> {
    if (this.#limit.pendingCount >= MAX_WAITING) throw tooBusy();
    const queuedAt = performance.now();
    return this.#limit(async () => {
      if (performance.now() - queuedAt > MAX_WAIT_MS) {
        // Calls queued together time out together. Let other work run in between.
        await setImmediate();
        throw tooBusy();
      }
      return call();
    });
  }
}
