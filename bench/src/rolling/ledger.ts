import { quantile } from '../quantile.ts';

/** The kinds of requests. */
export type Kind = 'list' | 'nested' | 'vote' | 'comment';

/** A request that failed. */
export interface Failure {
  readonly kind: Kind;
  /** The reason of the error, or the code of the connection's error. */
  readonly reason: string;
  /** When the request was sent. */
  readonly sentAt: Date;
}

/** The outcomes of all requests. */
export class Ledger {
  readonly failures: Failure[] = [];
  /** The comments in the database, counted at the end. */
  storedComments = 0;
  readonly #counts: Record<Kind, number> = { list: 0, nested: 0, vote: 0, comment: 0 };
  readonly #durations: number[] = [];

  note(kind: Kind, outcome: string, sentAt: Date): void {
    this.#counts[kind] += 1;
    this.#durations.push(Date.now() - sentAt.getTime());
    if (outcome !== 'ok') this.failures.push({ kind, reason: outcome, sentAt });
  }

  get requests(): number {
    return this.#durations.length;
  }

  /** The comments whose requests have succeeded. */
  get acknowledgedComments(): number {
    return this.#counts.comment - this.failures.filter(({ kind }) => kind === 'comment').length;
  }

  /** Whether nothing failed, and everything acknowledged is stored, once. */
  get isClean(): boolean {
    return this.failures.length === 0 && this.storedComments === this.acknowledgedComments;
  }

  /** The lines of the report. */
  get lines(): readonly string[] {
    const { list, nested, vote, comment } = this.#counts;
    const [p50, p99, longest] = [0.5, 0.99, 1].map((part) => quantile(this.#durations, part).toFixed(0));
    const reasons = Map.groupBy(this.failures, ({ kind, reason }) => `${kind}: ${reason}`);
    return [
      `${String(this.requests).padStart(7)} requests: ${String(list)} lists, ${String(nested)} nested reads, ${String(vote)} votes, ${String(comment)} comments`,
      `${String(this.failures.length).padStart(7)} failed`,
      ...[...reasons].map(
        ([reason, { length, 0: first }]) => `${String(length).padStart(7)}   ${reason}, first at ${first?.sentAt.toISOString() ?? ''}`,
      ),
      `${String(this.storedComments).padStart(7)} comments stored, ${String(this.acknowledgedComments)} acknowledged`,
      `        p50 ${String(p50)} ms, p99 ${String(p99)} ms, longest ${String(longest)} ms`,
    ];
  }
}
