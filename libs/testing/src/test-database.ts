import { query } from '@reputable/postgres';
import { adminUrl } from './config.ts';

/** Creates a database on the test run's server and returns its URL. */
export async function createTestDatabase(name: string): Promise<string> {
  const server = adminUrl();
  const database = `test_${name}_${process.pid.toString(36)}_${(sequence += 1).toString(36)}_${Date.now().toString(36)}`;
  await query(server, `CREATE DATABASE ${database}`);
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

let sequence = 0;
