import type { FactoryProvider } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Periodic } from './periodic.ts';

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
export const cleanup = ({ task, pauseS, statements }: CleanupOptions): FactoryProvider<Periodic> => ({
  provide: Symbol(task),
  useFactory: (dataSource: DataSource) =>
    new Periodic(task, pauseS * 1000, async () => {
      for (const statement of statements) await dataSource.query(statement);
    }),
  inject: [DataSource],
});
