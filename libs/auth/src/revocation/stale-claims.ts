import { MAX_LIFETIME_S } from '../token/access-token.ts';

/** How long a change is of any interest, in milliseconds: no token that is still in use is older. */
const REMEMBERED_MS = MAX_LIFETIME_S * 1000;

/**
 * Whose tokens say what is no longer right: of whom there has been news, and when. Such tokens are good all the same; whoever can get better
 * ones does. Times are those of `performance.now()`.
 */
export class StaleClaims {
  /** The oldest news first. */
  readonly #changedAt = new Map<string, number>();
  #missedAt = -Infinity;

  /** There is news of these users. */
  changed(userIds: readonly string[], now = performance.now()): void {
    for (const id of userIds) {
      this.#changedAt.delete(id);
      this.#changedAt.set(id, now);
    }
    for (const [id, at] of this.#changedAt) {
      if (now - at <= REMEMBERED_MS) return;
      this.#changedAt.delete(id);
    }
  }

  /** There may have been news of anybody, up to now, and nobody heard it. */
  missed(now = performance.now()): void {
    this.#missedAt = now;
    this.#changedAt.clear();
  }

  /**
   * Whether what was asked about a user at this time may no longer be right. It is the time before the question: an answer that was under
   * way when the news came may have been given before it.
   */
  isStale(userId: string, askedAt: number): boolean {
    return askedAt <= this.#missedAt || askedAt <= (this.#changedAt.get(userId) ?? -Infinity);
  }

  /** Of how many users there has been news lately. */
  get size(): number {
    return this.#changedAt.size;
  }
}
