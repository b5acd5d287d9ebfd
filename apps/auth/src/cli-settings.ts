import { CliError, patiently, UsageError } from '@reputable/cli';
import { type DatabaseOptions, dataSourceOptions } from '@reputable/database';
import { readConfig } from '@reputable/service';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { runFrom } from './audit/origin.ts';
import { KeysConfig, KeysSource, ReadConfig } from './config.ts';

/**
 * Reads the settings of a command from one source: the file if given, else the environment, else the file that `npm start` wrote. Sources
 * are not mixed, because a key does not fit another database.
 *
 * @param file lines of NAME=value
 * @param schema the environment is the source if it has the key, or the URL of the database for a command without a key
 */
function readSettings<Schema extends typeof KeysConfig | typeof ReadConfig>(file: string | undefined, schema: Schema): z.output<Schema> {
  const { REPUTABLE_DATA, ...environment } = readConfig(KeysSource);
  const launched = join(REPUTABLE_DATA, 'secrets/auth.env');
  const isSet = environment['KEY_ENCRYPTION_KEY' in schema.shape ? 'KEY_ENCRYPTION_KEY' : 'DATABASE_URL'] !== undefined;
  const path = file ?? (!isSet && existsSync(launched) ? launched : undefined);
  return path === undefined ? readConfig(schema) : readConfig(schema, parseEnv(read(path)));
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
  if (code === 'ECONNREFUSED') return new CliError('The database refuses connections. Run npm start, or check DATABASE_URL.');
  // PostgreSQL's undefined_table.
  return new CliError(code === '42P01' ? 'This database has no tables. Start the auth service once: it creates them.' : message);
}

/**
 * Runs a command with a connection to the database of its settings. The changes that it makes have an operator as their actor.
 *
 * @param file see {@link readSettings}
 * @throws {CliError} in one line, or {@link UsageError}
 */
export const withDatabase = (
  file: string | undefined,
  entities: DatabaseOptions['entities'],
  work: (dataSource: DataSource, settings: z.output<typeof KeysConfig>) => Promise<void>,
): Promise<void> => inDatabase(() => readSettings(file, KeysConfig), entities, work);

/** The same for a command that reads the database and needs no key. */
export const withDatabaseAlone = (file: string | undefined, work: (dataSource: DataSource) => Promise<void>): Promise<void> =>
  inDatabase(() => readSettings(file, ReadConfig), [], work);

async function inDatabase<Settings extends z.output<typeof ReadConfig>>(
  readAll: () => Settings,
  entities: DatabaseOptions['entities'],
  work: (dataSource: DataSource, settings: Settings) => Promise<void>,
): Promise<void> {
  try {
    const settings = readAll();
    const dataSource = new DataSource(dataSourceOptions({ url: settings.DATABASE_URL, entities, migrations: [] }));
    await patiently('Waiting for the database', dataSource.initialize());
    await runFrom({ isCommand: true }, () => work(dataSource, settings)).finally(() => dataSource.destroy());
  } catch (error) {
    throw inOneLine(error);
  }
}
