import { CliError } from '@reputable/cli';
import { execFileSync, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';

/** A user of this machine. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * As whom the server must run: PostgreSQL refuses to run as root, so root lends it another user. That is who owns the data
 * already, else `postgres`, else `nobody`. Undefined for everybody but root: as oneself.
 */
export function serverUser(data: string): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(data, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const user = find('postgres') ?? find('nobody');
  if (!user) throw new CliError('PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run it as.');
  return user;
}

/** Whether a user may enter a folder, or run a program, at its place: every folder above counts. */
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
