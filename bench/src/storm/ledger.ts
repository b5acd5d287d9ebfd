import type { Random } from './random.ts';

/** Members mostly vote and comment on the latest posts and comments, so that they change the same rows. */
const LATEST = 20;

/** A vote: up, down or none. */
export type Vote = 1 | -1 | 0;

/** A post or a comment that the API has acknowledged. */
export interface Entry {
  readonly id: string;
  readonly authorId: string;
}

/** The acknowledged posts, or the comments. */
export class Entries {
  readonly byKey = new Map<string, Entry>();
  readonly #all: Entry[] = [];

  /** @param key the idempotency key */
  add(key: string, entry: Entry): void {
    this.byKey.set(key, entry);
    this.#all.push(entry);
  }

  /** A random entry, unless it is the author's own. */
  byOther(authorId: string, random: Random): Entry | undefined {
    const entries = random.next() < 0.7 ? this.#all.slice(-LATEST) : this.#all;
    const entry = entries.length === 0 ? undefined : random.of(entries);
    return entry?.authorId === authorId ? undefined : entry;
  }
}

/** What the API has acknowledged to the members, and what it has not. */
export class Ledger {
  readonly posts = new Entries();
  readonly comments = new Entries();
  /** The last vote of each member, by `${id of the post or comment} ${id of the member}`. */
  readonly votes = new Map<string, Vote>();
  /** The number of failed tries, by reason. Members repeat them until they are acknowledged. */
  readonly failures = new Map<string, number>();
  /** The refusals that no fault explains. */
  readonly faults: string[] = [];
  /** The reasons for which sessions have ended. */
  readonly endedSessions: string[] = [];
  /** Whether members stop repeating requests. */
  isClosed = false;
  acknowledged = 0;
  writes = 0;
  /** The durations of the acknowledged tries, in milliseconds. */
  readonly durations: number[] = [];

  failed(reason: string): void {
    this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
  }

  get failedCount(): number {
    return [...this.failures.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The failures as rows of a report, the most frequent first. */
  get failureRows(): (readonly [string, number])[] {
    const sorted = [...this.failures].toSorted(([, one], [, other]) => other - one);
    return sorted.map(([reason, count]) => [`tries that failed with ${reason}`, count]);
  }
}
