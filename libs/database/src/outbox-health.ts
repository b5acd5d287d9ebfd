import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type HealthPart, OUTBOX_HEALTH } from '@reputable/service';
import { observed } from '@reputable/tracing';
import { DataSource } from 'typeorm';
import { Queues } from './queues.ts';

/** The interval at which dead letters are looked for, in milliseconds. */
const INTERVAL_MS = 5_000;

const DEAD_LETTERS = { name: 'reputable.outbox.dead_letters', unit: '{event}', description: 'Events that their receivers refuse for good' };

/** Reports dead letters in the service's database as a fault: the service works, but an operator has to retry or drop them. */
@Injectable()
export class OutboxHealth implements HealthPart, OnApplicationBootstrap, OnApplicationShutdown {
  readonly name = OUTBOX_HEALTH;
  readonly #log = new Logger('outbox');
  readonly #listeners: (() => void)[] = [];
  readonly #stopObserving = observed(DEAD_LETTERS, (result) => result.observe(this.#deadLetters));
  #deadLetters = 0;
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
    // Without the database, the service reports other errors.
    void this.#check().catch(() => undefined);
  }

  async #check(): Promise<void> {
    const letters = await Queues.deadLettersOf(this.dataSource);
    this.#deadLetters = letters.reduce((sum, { deadLetters }) => sum + deadLetters, 0);
    const fault = letters.length === 0 ? undefined : letters.map(({ queue, deadLetters }) => `${queue} ${deadLetters}`).join(', ');
    if (fault === this.#fault) return;
    this.#fault = fault;
    if (fault === undefined) this.#log.log({ msg: 'dead letters gone' });
    else this.#log.error({ msg: 'dead letters found', deadLetters: fault, remedy: 'npm run outbox -- list' });
    for (const listener of this.#listeners) listener();
  }
}
