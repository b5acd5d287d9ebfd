import type { FactoryProvider, OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Periodic } from './periodic.ts';

/** Deletes expired rows periodically, from the start of the application to its shutdown. */
class Cleanup implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #runs: Periodic;

  constructor(dataSource: DataSource, { task, pauseS, statements }: CleanupOptions) {
    this.#runs = new Periodic(task, pauseS * 1000, async () => {
      for (const statement of statements) await dataSource.query(statement);
    });
  }

  onApplicationBootstrap(): void {
    this.#runs.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.#runs.stop();
  }
}

/** Which rows a cleanup deletes, and how often. */
export interface CleanupOptions {
  /** Names the cleanup in the log. */
  readonly task: string;
  /** The pause between two runs, in seconds. */
  readonly pauseS: number;
  /** SQL, in the order in which it runs. */
  readonly statements: readonly string[];
}

/**
 * A Nest provider that deletes expired rows periodically. The module that owns the table declares it.
 *
 * @example
 * providers: [cleanup({ task: 'session cleanup', pauseS: 3_600, statements: ['DELETE FROM session WHERE expires_at <= now()'] })]
 */
export const cleanup = (options: CleanupOptions): FactoryProvider<Cleanup> => ({
  provide: Symbol(options.task),
  useFactory: (dataSource: DataSource) => new Cleanup(dataSource, options),
  inject: [DataSource],
});
