import type { FactoryProvider } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Periodic } from './periodic.ts';

/** The most rows that one statement takes: it ends in time however many have expired, and holds their locks for a moment only. */
const BATCH = 5_000;

/** Rows that a cleanup deletes. */
export interface ExpiredRows {
  readonly table: string;
  /** The condition, in SQL. */
  readonly where: string;
  /** Sets these columns, in SQL, instead of deleting the row. Afterwards the condition no longer holds. */
  readonly set?: string;
}

/** Which rows a cleanup deletes, and how often. */
export interface CleanupOptions {
  /** Names the cleanup in the log. */
  readonly task: string;
  /** The pause between two runs, in seconds. */
  readonly pauseS: number;
  /** In the order in which they are deleted. */
  readonly rows: readonly ExpiredRows[];
}

/**
 * A Nest provider that deletes expired rows periodically, some at a time. The module that owns the table declares it.
 *
 * @example
 * providers: [cleanup({ task: 'session cleanup', pauseS: 3_600, rows: [{ table: 'session', where: 'expires_at <= now()' }] })]
 */
export const cleanup = ({ task, pauseS, rows }: CleanupOptions): FactoryProvider<Periodic> => ({
  provide: Symbol(task),
  useFactory: (dataSource: DataSource) =>
    new Periodic(task, pauseS * 1000, async (signal) => {
      for (const each of rows) await clear(dataSource, each, signal);
    }),
  inject: [DataSource],
});

async function clear(dataSource: DataSource, { table, where, set }: ExpiredRows, signal: AbortSignal): Promise<void> {
  const change = set === undefined ? `DELETE FROM ${table}` : `UPDATE ${table} SET ${set}`;
  // The condition once more: a row can be renewed while the statement waits for its lock.
  const batch = `${change} WHERE ctid = ANY (ARRAY (SELECT ctid FROM ${table} WHERE ${where} LIMIT ${String(BATCH)})) AND (${where})`;
  let changed = 1;
  while (changed > 0 && !signal.aborted) [, changed] = await dataSource.query<[unknown, number]>(batch);
}
