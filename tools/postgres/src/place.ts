import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canReach, serverUser } from './server-user.ts';
import type { ServerUser } from './server-user.ts';
import { shelter } from './shelter.ts';

/** Where a server keeps its files, and as whom it must run there. */
export interface Place {
  /** Holds the data folder. */
  readonly home: string;
  /** Of the superuser, for us alone. */
  readonly passwordFile: string;
  readonly user: ServerUser | undefined;
}

/** A place for data that are kept: `dir`, or the shelter if the server's user cannot get there. */
export async function lastingPlace(dir: string, log: (line: string) => void): Promise<Place> {
  // Others may pass through, not look: the server may run as another user.
  await mkdir(dir, { recursive: true, mode: 0o711 });
  const own = await realpath(dir);
  const user = serverUser(join(own, 'data'));
  if (!user || canReach(user, own)) return { home: own, passwordFile: passwordIn(own), user };
  const home = await shelter(createHash('sha256').update(own).digest('hex').slice(0, 12));
  log(`The data of PostgreSQL are in ${home}: the user that runs it cannot reach ${own}.`);
  const data = join(home, 'data');
  if (existsSync(data) && !existsSync(passwordIn(own))) {
    // Whoever deletes `dir` to start over does not know of this part.
    log(`${own} was deleted, and so is ${data} now.`);
    await rm(data, { recursive: true });
  }
  return { home, passwordFile: passwordIn(own), user: serverUser(data) };
}

/** A new place for data that nobody keeps; the server's user may remove it. */
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
