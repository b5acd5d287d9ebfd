/**
 * The durations of operations of several kinds, which take turns. Other load on the machine only adds time, so the shortest of each kind are
 * compared.
 */
export class Durations<Kind extends string> {
  readonly #shortest = new Map<Kind, number>();

  /** Measures an operation, and returns its result. */
  async measure<T>(kind: Kind, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await work();
    this.#shortest.set(kind, Math.min(this.#shortest.get(kind) ?? Infinity, performance.now() - began));
    return result;
  }

  /** How many times as long the first kind takes as the second one. */
  ratio(one: Kind, other: Kind): number {
    return (this.#shortest.get(one) ?? NaN) / (this.#shortest.get(other) ?? NaN);
  }
}
