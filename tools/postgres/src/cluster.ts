import { CliError } from '@reputable/cli';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';
import type { ServerUser } from './server-user.ts';

const MAJOR = '18';

/** The environment of the server: no variable that could change its behaviour. */
export const ENVIRONMENT = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' };

/** The files of one server. */
export interface Cluster {
  readonly data: string;
  /** The password of the superuser `postgres`. */
  readonly password: string;
}

/**
 * Opens the data folder `<home>/data`, or creates it. The superuser's password is random; only the owner can read `passwordFile`.
 *
 * @throws {CliError} if the folder is no data folder of this version
 */
export async function openCluster(
  home: string,
  passwordFile: string,
  { initdb }: Binaries,
  user: ServerUser | undefined,
): Promise<Cluster> {
  const data = join(home, 'data');
  if (existsSync(data)) {
    check(data, passwordFile);
    return { data, password: await readFile(passwordFile, 'utf8') };
  }
  const password = randomBytes(24).toString('base64url');
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });

  // Renamed when it is complete: a killed run leaves no half-made data folder.
  const draft = join(home, 'draft');
  const note = join(home, 'draft-password');
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await writeFile(note, password, { mode: 0o600 });
  if (user) for (const path of [draft, note]) await chown(path, user.uid, user.gid);
  try {
    await promisify(execFile)(initdb, initdbArguments(draft, note), { ...user, cwd: '/', env: ENVIRONMENT });
    await rename(draft, data);
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new CliError(`PostgreSQL cannot create its data folder in ${home}: ${lastLine(stderr) ?? message}`, { cause: error });
  } finally {
    await rm(note, { force: true });
  }
  return { data, password };
}

function initdbArguments(data: string, passwordFile: string): string[] {
  return [
    `--pgdata=${data}`,
    `--pwfile=${passwordFile}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order and case rules on every machine.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ];
}

function check(data: string, passwordFile: string): void {
  const startOver = `Delete ${data} to start with an empty one; that loses all data in it.`;
  const versionFile = join(data, 'PG_VERSION');
  const version = existsSync(versionFile) ? readFileSync(versionFile, 'utf8').trim() : undefined;
  if (version === undefined) throw new CliError(`${data} is not a data folder of PostgreSQL: PG_VERSION is missing. ${startOver}`);
  if (version !== MAJOR) throw new CliError(`${data} belongs to PostgreSQL ${version}; this is PostgreSQL ${MAJOR}. ${startOver}`);
  if (!existsSync(passwordFile)) throw new CliError(`${passwordFile} is missing. ${startOver}`);
}

function lastLine(text = ''): string | undefined {
  const lines = text.split('\n').filter((line) => /error|fatal/i.test(line));
  return lines.at(-1)?.trim();
}
