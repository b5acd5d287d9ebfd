import { Person } from '@reputable/dev';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ledger } from './ledger.ts';
import { Member } from './member.ts';
import type { StormWorld } from './storm-world.ts';

/** The reputation of a new member, from this number of upvotes. All may vote, comment and downvote. */
export const UPVOTES = 100;

/** The time for the last requests to be acknowledged, in milliseconds. */
const PATIENCE_MS = 90_000;

/** The members of a storm, who send requests at a steady rate. */
export class Crowd {
  readonly ledger = new Ledger();
  readonly members: readonly Member[];
  readonly #over = new AbortController();
  #work: Promise<unknown>[] = [];

  private constructor(world: StormWorld, people: readonly Person[]) {
    this.members = people.map((person) => new Member(person, this.ledger, world.random));
  }

  static async join(world: StormWorld, size: number): Promise<Crowd> {
    const people: Person[] = [];
    while (people.length < size) people.push(await Person.join(world.system, `Member ${String(people.length)}`, { upvotes: UPVOTES }));
    return new Crowd(world, people);
  }

  /** Starts the requests. A member who waits for an answer sends no further ones. @param rate requests a second, of all members */
  start(rate: number): void {
    const intervalMs = (this.members.length / rate) * 1000;
    this.#work = this.members.map(async (member, index) => {
      await sleep((index / this.members.length) * intervalMs);
      while (!this.#over.signal.aborted) {
        const began = performance.now();
        await member.act();
        await sleep(Math.max(0, began + intervalMs - performance.now()), undefined, this.#over).catch(() => undefined);
      }
    });
  }

  /** Ends the requests when all are acknowledged. */
  async stop(): Promise<void> {
    this.#over.abort();
    const timeout = new AbortController();
    const late = sleep(PATIENCE_MS, 'late' as const, timeout).catch(() => undefined);
    if ((await Promise.race([Promise.all(this.#work), late])) === 'late') {
      this.ledger.faults.push(`Requests were not acknowledged ${String(PATIENCE_MS / 1000)} s after the last fault.`);
      this.ledger.isClosed = true;
    }
    timeout.abort();
  }
}
