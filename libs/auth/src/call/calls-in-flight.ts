/** The most unary calls of one peer that a process handles at once. */
export const MAX_CALLS_IN_FLIGHT = 500;

/** The number of calls of one peer in progress. */
export interface CallCount {
  calls: number;
}

/**
 * Counts the unary calls in progress for each peer. A process that starts all calls of a storm finishes none of them before its deadline. Each
 * peer has a bound of its own, so a storm of one peer causes no refusals for another. A call counts until it ends: with its status, at its deadline, or
 * by a cancellation or the loss of its connection.
 */
export class CallsInFlight {
  readonly #byPeer = new Map<string | undefined, CallCount>();

  /** @param max the bound of each peer */
  constructor(readonly max: number) {}

  /** Adds a call to the count of its peer. Returns the count, for the end of the call to decrease it; undefined if the peer has too many calls. */
  add(peer: string | undefined): CallCount | undefined {
    let count = this.#byPeer.get(peer);
    if (!count) this.#byPeer.set(peer, (count = { calls: 0 }));
    if (count.calls >= this.max) return undefined;
    count.calls += 1;
    return count;
  }
}
