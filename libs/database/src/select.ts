import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { inQuerySpan } from './query-span.ts';

/**
 * Runs a prepared SELECT on the data source's pool and returns its rows as plain objects: entities cost more CPU than the query.
 *
 * @param text a statement with parameters. Keep the number of different texts small, and name the columns: never select `*`.
 */
export async function select<Row extends object>(dataSource: DataSource, text: string, values: readonly unknown[]): Promise<Row[]> {
  const { master: pool } = dataSource.driver as unknown as { master: pg.Pool };
  const { host = '', port = 0, database } = pool.options;
  return (await inQuerySpan(text, values, { host, port, database }, () => pool.query<Row>(text, [...values]))).rows;
}
