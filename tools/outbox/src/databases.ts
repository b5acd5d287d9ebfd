import { CliError } from '@reputable/cli';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The URLs of the databases to read, by the name of their service. */
export type Databases = Readonly<Record<string, string>>;

/**
 * The database of DATABASE_URL, or those of the system that `npm start` runs.
 *
 * @throws {CliError} if there are none
 */
export async function findDatabases({ DATABASE_URL, REPUTABLE_DATA = '.data' }: NodeJS.ProcessEnv): Promise<Databases> {
  if (DATABASE_URL !== undefined) return { [nameIn(DATABASE_URL)]: DATABASE_URL };
  const file = join(REPUTABLE_DATA, 'secrets/databases.json');
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Databases;
  } catch {
    throw new CliError(`Cannot read ${file}. Run npm start, or set DATABASE_URL to the database of a service.`);
  }
}

function nameIn(url: string): string {
  if (!URL.canParse(url)) throw new CliError('DATABASE_URL must be a PostgreSQL URL, as in postgres://post:…@localhost:5432/post.');
  return new URL(url).pathname.slice(1);
}
