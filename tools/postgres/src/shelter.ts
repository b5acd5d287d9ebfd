import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Where root keeps what the server's user could not reach at its own place, say below /root. */
const SHELTER = '/var/lib/reputable';

/** A folder that every user can pass through, made if it is not there; who runs the server owns only what is inside. */
export async function shelter(name = ''): Promise<string> {
  const dir = join(SHELTER, name);
  for (const each of new Set([SHELTER, dir])) {
    await mkdir(each, { recursive: true });
    await chmod(each, 0o711);
  }
  return dir;
}
