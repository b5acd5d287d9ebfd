import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canReach, serverUser, type ServerUser } from './server-user.ts';
import { shelter } from './shelter.ts';

/** The folder of a server, and the user that it must run as. */
export interface Place {
  /** The parent of the data folder. */
  readonly home: string;
  /** The file with the superuser's password. */
  readonly passwordFile: string;
  readonly user: ServerUser | undefined;
}

/** A place for persistent data: `dir`, or the shelter if the server's user cannot reach that. */
export async function lastingPlace(dir: string, log: (line: string) => void): Promise<Place> {
  // Other users may pass through, not list it: the server may run as another user.
  await mkdir(dir, { recursive: true, mode: 0o711 });
  const own = await realpath(dir);
  const user = serverUser(join(own, 'data'));
  if (!user || canReach(user, own)) return { home: own, passwordFile: passwordIn(own), user };
  const home = await shelter(createHash('sha256').update(own).digest('hex').slice(0, 12));
  log(`PostgreSQL keeps its data in ${home}: its user cannot reach ${own}.`);
  const data = join(home, 'data');
  if (existsSync(data) && !existsSync(passwordIn(own))) {
    // The user deleted `dir` to start again, without knowing of this part.
    log(`Deleting ${data}, because ${own} was deleted.`);
    await rm(data, { recursive: true });
  }
  return { home, passwordFile: passwordIn(own), user: serverUser(data) };
}

/** A new place for temporary data. The server's user may remove it. */
export async function temporaryPlace(): Promise<Place> {
  const user = serverUser('');
  const parent = user && !canReach(user, tmpdir()) ? await shelter() : tmpdir();
  const home = await mkdtemp(join(parent, 'reputable-postgres-'));
  if (user) {
    await chmod(home, 0o711);
    await chown(home, user.uid, user.gid);
  }
  return { home, passwordFile: passwordIn(home), user };
}

const passwordIn = (dir: string) => join(dir, 'password');
