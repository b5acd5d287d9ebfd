import { Injectable } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import pLimit from 'p-limit';
import { tooBusy } from './session.errors.ts';

/** How many are at auth at a time: while one is hashed there, what comes before and after that is done for the other. */
const AT_A_TIME = 2;

/** How long one may wait for its turn, in milliseconds: with the call that follows no longer than a person would. */
const MAX_WAIT_MS = 1_000;

/** How many may wait, whatever comes of them. */
const MAX_WAITING = 500;

/** What makes auth hash a password goes there a few at a time, so that a storm of it holds up nothing else. */
@Injectable()
export class LogInQueue {
  readonly #limit = pLimit(AT_A_TIME);

  /** @throws DomainError TOO_BUSY */
  async do<T>(call: () => Promise<T>): Promise<T> {
    if (this.#limit.pendingCount >= MAX_WAITING) throw tooBusy();
    const asked = performance.now();
    return this.#limit(async () => {
      if (performance.now() - asked > MAX_WAIT_MS) {
        // All who came together have waited for too long together. Others get their turn in between.
        await setImmediate();
        throw tooBusy();
      }
      return call();
    });
  }
}
