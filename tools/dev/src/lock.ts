import { CliError } from '@reputable/cli';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpath, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Paths of sockets may not be longer, on the strictest of systems. */
const MAX_PATH = 100;

/** A data folder held for this process alone. */
export interface Lock {
  /** Whether the last one who held it did not give it back: it was killed. */
  readonly abandoned: boolean;
  readonly release: () => Promise<void>;
}

/**
 * Takes a data folder. Held by a socket that listens, which no killed process can leave behind listening; a process id in a
 * file may be somebody else's by the time it is read.
 * @throws {CliError} when another process has it
 */
export async function lock(dir: string): Promise<Lock> {
  const path = await socketOf(dir);
  const abandoned = await answers(path).then((is) => {
    if (is === 'yes') throw new CliError(`Reputable already runs on ${dir}. Stop it first, or set REPUTABLE_DATA to another folder.`);
    return is === 'no longer';
  });
  await rm(path, { force: true });
  const server = createServer((socket) => socket.destroy());
  await once(server.listen(path), 'listening');
  server.unref();
  return {
    abandoned,
    release: () =>
      new Promise((resolve) =>
        server.close(() => {
          resolve();
        }),
      ),
  };
}

async function socketOf(dir: string): Promise<string> {
  const own = await realpath(dir);
  const inside = join(own, 'running.sock');
  if (inside.length <= MAX_PATH) return inside;
  return join(tmpdir(), `reputable-${createHash('sha256').update(own).digest('hex').slice(0, 16)}.sock`);
}

async function answers(path: string): Promise<'yes' | 'no longer' | 'no'> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return 'yes';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no' : 'no longer';
  } finally {
    socket.destroy();
  }
}
