import { CliError, patiently, UsageError } from '@reputable/cli';
import { type DatabaseOptions, dataSourceOptions } from '@reputable/database';
import { readConfig } from '@reputable/service';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { DataSource } from 'typeorm';
import { KeysConfig, KeysSource } from './config.ts';

/**
 * Reads the settings of a command from one source: the file if given, else the environment, else the file that `npm start` wrote. Sources
 * are not mixed, because a key does not fit another database.
 *
 * @param file lines of NAME=value
 */
function readSettings(file: string | undefined) {
  const { KEY_ENCRYPTION_KEY, REPUTABLE_DATA } = readConfig(KeysSource);
  const launched = join(REPUTABLE_DATA, 'secrets/auth.env');
  const path = file ?? (KEY_ENCRYPTION_KEY === undefined && existsSync(launched) ? launched : undefined);
  return path === undefined ? readConfig(KeysConfig) : readConfig(KeysConfig, parseEnv(read(path)));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError(`Cannot read ${path}: ${(error as Error).message}`);
  }
}

/** Turns an error of a command that uses the database into one line. */
function inOneLine(error: unknown): Error {
  if (error instanceof UsageError) return error;
  const { message, code } = error as Error & { readonly code?: string };
  if (code === 'ECONNREFUSED') return new CliError('The database refuses connections. Start the auth service, or check DATABASE_URL.');
  // PostgreSQL's undefined_table.
  return new CliError(code === '42P01' ? 'This database has no tables. Start the auth service once: it creates them.' : message);
}

/**
 * Runs a command with a connection to the database of its settings.
 *
 * @param file see {@link readSettings}
 * @throws {CliError} in one line, or {@link UsageError}
 */
export async function withDatabase(
  file: string | undefined,
  entities: DatabaseOptions['entities'],
  work: (dataSource: DataSource, settings: ReturnType<typeof readSettings>) => Promise<void>,
): Promise<void> {
  try {
    const settings = readSettings(file);
    const dataSource = new DataSource(dataSourceOptions({ url: settings.DATABASE_URL, entities, migrations: [] }));
    await patiently('Waiting for the database', dataSource.initialize());
    await work(dataSource, settings).finally(() => dataSource.destroy());
  } catch (error) {
    throw inOneLine(error);
  }
}
