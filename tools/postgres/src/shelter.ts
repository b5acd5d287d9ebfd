import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The folder for files that the server's user cannot reach in root's folders, such as /root. */
const SHELTER = '/var/lib/reputable';

/** Creates a folder that every user can pass through. The server's user owns only its content. */
export async function shelter(name = ''): Promise<string> {
  const dir = join(SHELTER, name);
  for (const each of new Set([SHELTER, dir])) {
    await mkdir(each, { recursive: true });
    await chmod(each, 0o711);
  }
  return dir;
}
