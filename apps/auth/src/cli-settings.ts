import { readConfig } from '@reputable/service';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { KeysConfig, KeysSource } from './config.ts';

/** Something to tell the person in front of it in a line. */
export class UsageError extends Error {}

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
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}`);
  }
}
