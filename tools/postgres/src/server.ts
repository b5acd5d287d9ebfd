import { CliError } from '@reputable/cli';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { findBinaries } from './binaries.ts';
import { query } from './client.ts';
import { openCluster } from './cluster.ts';
import { createDatabase } from './database.ts';
import { freePort } from './free-port.ts';
import { clearLeftover } from './leftover.ts';
import { lastingPlace, temporaryPlace } from './place.ts';
import { Postmaster, type PostmasterOptions } from './postmaster.ts';

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  // Each replica of a service has up to 21. The specs of two workers run a dozen services each.
  max_connections: '400',
  log_line_prefix: '',
  log_timezone: 'UTC',
  timezone: 'UTC',
};
/** Faster, but a crash of the machine loses data. */
const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
/** Errors that may pass: another process took the port, or processes of a killed server are still ending. */
const PASSING = /could not create any TCP\/IP sockets|Address already in use|pre-existing shared memory block/;

export interface PostgresOptions {
  /** The folder for the data. Without it, a temporary folder that is removed at the end. */
  readonly dir?: string;
  /** For tests: faster, but a crash of the machine loses data. */
  readonly fast?: boolean;
  /** Called with messages for the user, such as another folder for the data. */
  readonly log?: (line: string) => void;
  /** Called if the server ends by itself. */
  readonly onCrash?: (error: CliError) => void;
}

/** A PostgreSQL 18 server of our own on a free port of 127.0.0.1. */
export interface Postgres {
  /** The URL for the superuser. */
  readonly url: string;
  readonly port: number;
  /** The folder of its files. */
  readonly home: string;
  /** See {@link createDatabase}. */
  createDatabase(name: string): Promise<string>;
  /** Stops the server; with `force` at once, so that the next start cleans up. */
  stop(options?: { force?: boolean }): Promise<void>;
}

/**
 * Starts a server on the data of an earlier run, if there are any. Stops a server that a killed run left running in that folder: make sure
 * that no other program uses it. The server stops with this process at the latest.
 *
 * @throws {CliError} in one line
 */
export async function startPostgres({ dir, fast = false, log = () => undefined, onCrash }: PostgresOptions = {}): Promise<Postgres> {
  const place = await explain(dir ?? tmpdir(), () => (dir === undefined ? temporaryPlace() : lastingPlace(dir, log)));
  const removeTemporary = async () => {
    if (dir === undefined) await rm(place.home, { recursive: true, force: true });
  };
  try {
    const binaries = await findBinaries(place.user, log);
    const cluster = await explain(place.home, () => openCluster(place.home, place.passwordFile, binaries, place.user));
    await clearLeftover(cluster.data, log);
    const settings = { ...SETTINGS, ...(fast && FAST) };
    const throwAway = dir === undefined ? place.home : undefined;
    const server = { program: binaries.postgres, data: cluster.data, settings, user: place.user, throwAway };
    const { postmaster, port } = await startServer(server);
    const url = `postgres://postgres:${cluster.password}@127.0.0.1:${String(port)}/postgres`;
    await closeToOthers(url).catch(async (error: unknown) => {
      await postmaster.stop();
      throw new CliError(`Cannot log in to PostgreSQL in ${cluster.data}: ${(error as Error).message}`, { cause: error });
    });
    if (onCrash) postmaster.onCrash(onCrash);
    return {
      url,
      port,
      home: place.home,
      createDatabase: (name) => createDatabase(url, name),
      stop: async (options) => {
        await postmaster.stop(options);
        await removeTemporary();
      },
    };
  } catch (error) {
    await removeTemporary();
    throw error;
  }
}

/** Starts a server on a free port. */
async function startServer(options: Omit<PostmasterOptions, 'port'>, triesLeft = 5): Promise<{ postmaster: Postmaster; port: number }> {
  const port = await freePort();
  try {
    return { postmaster: await Postmaster.start({ ...options, port }), port };
  } catch (error) {
    if (triesLeft === 0 || !PASSING.test((error as Error).message)) throw error;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return startServer(options, triesLeft - 1);
  }
}

/** By default every role may connect to these two. Each of our roles needs its own database alone. */
async function closeToOthers(url: string): Promise<void> {
  await query(url, 'REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC');
}

/** Adds the attempted action to errors such as "EACCES: permission denied, mkdir …". */
async function explain<T>(dir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`PostgreSQL cannot keep its data in ${dir}: ${(error as Error).message}`, { cause: error });
  }
}
