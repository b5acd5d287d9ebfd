import { CliError } from '@reputable/cli';
import { execFileSync, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';

/** A user of this machine. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The user that the server must run as. PostgreSQL refuses to run as root, so root runs it as the owner of the data, or else as `postgres`
 * or `nobody`. Undefined for other users, who run it themselves.
 */
export function serverUser(data: string): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(data, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const user = find('postgres') ?? find('nobody');
  if (!user) throw new CliError('PostgreSQL does not run as root. Create a user "postgres" to run it as.');
  return user;
}

/** Whether a user may enter a folder, or run a program, including every folder above it. */
export function canReach(user: ServerUser, path: string): boolean {
  return spawnSync('test', ['-x', path], { ...user, cwd: '/' }).status === 0;
}

function find(name: string): ServerUser | undefined {
  try {
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] })));
    return uid !== undefined && gid !== undefined ? { uid, gid } : undefined;
  } catch {
    return undefined;
  }
}
