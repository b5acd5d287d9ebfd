import type pg from 'pg';
import type { DataSource } from 'typeorm';

/**
 * Runs a prepared SELECT on the data source's pool and returns its rows as plain objects: entities cost more CPU than the query.
 *
 * @param text a statement with parameters. Keep the number of different texts small, and name the columns: never select `*`.
 */
export async function select<Row extends object>(dataSource: DataSource, text: string, values: readonly unknown[]): Promise<Row[]> {
  const { master: pool } = dataSource.driver as unknown as { master: pg.Pool };
  return (await pool.query<Row>(text, [...values])).rows;
}
