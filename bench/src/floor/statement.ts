import pg from 'pg';
import { APPLICATION_NAME } from './application-name.ts';

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], application_name: APPLICATION_NAME });

/** Returns a function that runs a prepared statement with pg alone. */
export const statement =
  <Row extends pg.QueryResultRow>(name: string, text: string) =>
  async (...values: unknown[]): Promise<Row[]> =>
    (await pool.query<Row>({ name, text, values })).rows;
