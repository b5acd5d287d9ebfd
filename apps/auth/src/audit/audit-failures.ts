import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { newId } from '@reputable/database';
import { DomainError } from '@reputable/errors';
import { DataSource } from 'typeorm';
import { Periodic } from '../periodic/periodic.ts';
import { currentUser } from '@reputable/auth';
import { storeEvents } from './audit.ts';
import { type AuditEvent, type EventRow, rowOf } from './audit-event.ts';
import { type Actor, currentActor } from './origin.ts';

/** How long the repetitions of a failure are counted before they are stored, in milliseconds. */
const WINDOW_MS = 60_000;

/** How often failures are stored, in milliseconds. */
const PAUSE_MS = 1_000;

/** How many kinds of failures a replica counts at a time. It stores two rows a minute for each at most. */
export const MAX_FAILURES = 60;

/** How many rows wait at most while the database does not store them. */
const MAX_WAITING = 600;

/** Who attempts to log in is not known, whatever service passes the attempt on. */
const ANYBODY: Actor = { type: 'anonymous' };

/** A kind of failure that has occurred. */
interface Counted {
  readonly first: EventRow;
  readonly endsAt: number;
  repetitions: number;
}

/** A failed attempt. */
export type Failure = Omit<AuditEvent, 'outcome'>;

/**
 * Records failed attempts. Anybody can cause them, in any number, so the table must not grow with them: the first failure of a kind is stored
 * within a second, and its repetitions within the next minute as one row with their number. A replica counts {@link MAX_FAILURES} kinds at a
 * time. It drops others, and records how many.
 *
 * A failure changes nothing, so there is no transaction that it could be part of. A crash loses up to a minute of repetitions.
 */
@Injectable()
export class AuditFailures implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #log = new Logger('audit');
  readonly #runs = new Periodic('audit of failures', PAUSE_MS, () => this.#store(Date.now()));
  readonly #counted = new Map<string, Counted>();
  readonly #waiting: EventRow[] = [];
  #dropped = 0;
  #dropsEndAt = 0;
  /** The last store, once the shutdown has begun. */
  #lastStore: Promise<void> | undefined;

  constructor(readonly dataSource: DataSource) {}

  /** Notes a failure, without waiting. */
  note(failure: Failure): void {
    const key = keyOf(failure);
    const known = this.#counted.get(key);
    if (known) known.repetitions += 1;
    else if (this.#counted.size >= MAX_FAILURES || this.#waiting.length >= MAX_WAITING) this.#dropped += 1;
    else {
      const actor = currentUser() ? currentActor() : ANYBODY;
      const first = { ...rowOf({ actor, ...failure, outcome: 'failure' }), time: new Date().toISOString() };
      this.#counted.set(key, { first, endsAt: Date.now() + WINDOW_MS, repetitions: 0 });
      this.#waiting.push(first);
    }
    if (this.#lastStore) void this.#storeAll(this.#lastStore);
  }

  /** Runs `work`, and notes a failure if it rejects with a DomainError. */
  async watch<T>(failure: Omit<Failure, 'reason'>, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof DomainError) this.note({ ...failure, reason: error.reason });
      throw error;
    }
  }

  onApplicationBootstrap(): void {
    this.#runs.start();
  }

  /** Stores everything that is counted. The calls that are still open can fail later, and each such failure is stored at once. */
  async onModuleDestroy(): Promise<void> {
    await this.#runs.stop();
    await this.#storeAll(Promise.resolve());
  }

  #storeAll(previous: Promise<void>): Promise<void> {
    const store = async () => {
      await previous;
      await this.#store(Infinity).catch((error: unknown) => {
        this.#log.warn({ msg: 'audit events lost', events: this.#waiting.length, reason: (error as Error).message });
      });
    };
    return (this.#lastStore = store());
  }

  /** Stores what waits, and the repetitions of failures whose minute has ended by `now`. Rows that are not stored wait for the next run. */
  async #store(now: number): Promise<void> {
    this.#endWindows(now);
    const rows = [...this.#waiting];
    await storeEvents(this.dataSource.manager, rows);
    this.#waiting.splice(0, rows.length);
  }

  #endWindows(now: number): void {
    for (const [key, { first, endsAt, repetitions }] of this.#counted) {
      if (endsAt > now) continue;
      this.#counted.delete(key);
      if (repetitions > 0) this.#waiting.push({ ...first, id: newId(), time: undefined, count: repetitions });
    }
    if (this.#dropped === 0 || this.#dropsEndAt > now) return;
    this.#waiting.push({ ...rowOf({ type: 'events_dropped' }), count: this.#dropped });
    [this.#dropped, this.#dropsEndAt] = [0, Date.now() + WINDOW_MS];
  }
}

/** Failures with the same key are of one kind. */
const keyOf = ({ type, reason, userId, clientId, details }: Failure) => JSON.stringify([type, reason, userId, clientId, details]);
