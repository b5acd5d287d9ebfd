import { Failure, UsageError } from '@reputable/cli';
import { readConfig } from '@reputable/service';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { KeysConfig, KeysSource } from './config.ts';

/**
 * The settings of a command, all from one place, as a database and the key of another would be of no use: the file, or else the
 * environment, or else what `npm start` left.
 *
 * @param file lines of NAME=value
 */
export function readSettings(file: string | undefined) {
  const { KEY_ENCRYPTION_KEY, REPUTABLE_DATA } = readConfig(KeysSource);
  const launched = join(REPUTABLE_DATA, 'secrets/auth.env');
  const path = file ?? (KEY_ENCRYPTION_KEY === undefined && existsSync(launched) ? launched : undefined);
  return path === undefined ? readConfig(KeysConfig) : readConfig(KeysConfig, parseEnv(read(path)));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure(`${path} cannot be read: ${(error as Error).message}`);
  }
}

/** What went wrong with a command that works on the database, for the person in front of it. @param noTables if it is still empty */
export function toldInALine(error: unknown, noTables: string): Error {
  if (error instanceof UsageError) return error;
  const { message, code } = error as Error & { readonly code?: string };
  if (code === 'ECONNREFUSED') return new Failure('The database does not answer. Does the auth service run, and is this its DATABASE_URL?');
  // PostgreSQL's undefined_table.
  return new Failure(code === '42P01' ? noTables : message);
}
