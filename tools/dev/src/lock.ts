import { CliError } from '@reputable/cli';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpath, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The longest path of a socket that every system accepts. */
const MAX_PATH = 100;

/** A data folder that this process alone uses. */
export interface Lock {
  /** Whether the last owner was killed. */
  readonly abandoned: boolean;
  readonly release: () => Promise<void>;
}

/** The path of a socket of a data folder: in it, or in the system's temporary folder if that path is too long. */
export function socketIn(dir: string, name: string): string {
  const inside = join(dir, name);
  return inside.length <= MAX_PATH
    ? inside
    : join(tmpdir(), `reputable-${createHash('sha256').update(inside).digest('hex').slice(0, 16)}.sock`);
}

/**
 * Locks a data folder with a listening socket: a killed process cannot leave one behind, and its process id would be reused.
 *
 * @throws {CliError} if another process uses the folder
 */
export async function lock(dir: string): Promise<Lock> {
  const path = socketIn(await realpath(dir), 'running.sock');
  const failure = await failureToConnect(path);
  if (failure === undefined)
    throw new CliError(`Reputable already runs on ${dir}. Stop it first, or set REPUTABLE_DATA to another folder.`);
  await rm(path, { force: true });
  const server = createServer((socket) => socket.destroy());
  await once(server.listen(path), 'listening');
  server.unref();
  return { abandoned: failure !== 'ENOENT', release: () => new Promise((resolve) => void server.close(() => resolve())) };
}

async function failureToConnect(path: string): Promise<string | undefined> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? '';
  } finally {
    socket.destroy();
  }
}
