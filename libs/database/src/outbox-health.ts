import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type HealthPart, OUTBOX_HEALTH } from '@reputable/service';
import { DataSource } from 'typeorm';
import { observeOutboxes } from './outbox-metrics.ts';
import { type OutboxState, outboxState } from './outbox-state.ts';

/** The interval at which the state of the outboxes is read, in milliseconds. */
const INTERVAL_MS = 5_000;

/**
 * Reports dead letters in the service's database as a fault: the service works, but an operator has to retry or drop them. Metrics have the same
 * numbers, so that collecting them never waits for the database.
 */
@Injectable()
export class OutboxHealth implements HealthPart, OnApplicationBootstrap, OnApplicationShutdown {
  readonly name = OUTBOX_HEALTH;
  readonly #log = new Logger('outbox');
  readonly #listeners: (() => void)[] = [];
  readonly #stopObserving = observeOutboxes(() => this.#states);
  #states: readonly OutboxState[] = [];
  #isLooking = false;
  #fault: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(readonly dataSource: DataSource) {}

  get fault(): string | undefined {
    return this.#fault;
  }

  onFault(listener: () => void): void {
    this.#listeners.push(listener);
  }

  onApplicationBootstrap(): void {
    this.#look();
    this.#timer = setInterval(() => this.#look(), INTERVAL_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
    this.#stopObserving();
  }

  #look(): void {
    // A database that does not answer gets no further questions.
    if (this.#isLooking) return;
    this.#isLooking = true;
    // Without the database, the service reports other errors.
    void this.#check()
      .catch(() => undefined)
      .finally(() => {
        this.#isLooking = false;
      });
  }

  async #check(): Promise<void> {
    this.#states = await outboxState(this.dataSource);
    const letters = this.#states.filter(({ deadLetters }) => deadLetters > 0);
    const fault = letters.length === 0 ? undefined : letters.map(({ queue, deadLetters }) => `${queue} ${deadLetters}`).join(', ');
    if (fault === this.#fault) return;
    this.#fault = fault;
    if (fault === undefined) this.#log.log({ msg: 'dead letters gone' });
    else this.#log.error({ msg: 'dead letters found', deadLetters: fault, remedy: 'npm run outbox -- list' });
    for (const listener of this.#listeners) listener();
  }
}
