import { MAX_LIFETIME_S } from '../issuer/issuer-options.ts';

/** How long a change is remembered, in milliseconds: older tokens have expired. */
const REMEMBERED_MS = MAX_LIFETIME_S * 1000;

/**
 * The users whose claims have changed, with the time of the last change. Their tokens stay valid, but the gateway exchanges them again.
 * Times are those of `performance.now()`.
 */
export class StaleClaims {
  /** The oldest change first. */
  readonly #changedAt = new Map<string, number>();
  #missedAt = -Infinity;

  /** Records a change of these users' claims. */
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

  /** Marks all claims read up to now as stale, because the stream may have missed changes. */
  missed(now = performance.now()): void {
    this.#missedAt = now;
    this.#changedAt.clear();
  }

  /**
   * Whether claims may have changed since they were requested. Pass the time before the request: a response that was under way during
   * the change may carry the old claims.
   */
  isStale(userId: string, requestedAt: number): boolean {
    return requestedAt <= this.#missedAt || requestedAt <= (this.#changedAt.get(userId) ?? -Infinity);
  }

  /** The number of users whose claims have changed recently. */
  get size(): number {
    return this.#changedAt.size;
  }
}
