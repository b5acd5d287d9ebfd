import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that holds the lock for longer was killed: no work under the lock takes a second. */
const ABANDONED_MS = 10_000;

/** Runs work on a PKI's folder while no other process does: the launcher may renew a certificate while a user revokes one. */
export async function locked<T>(dir: string, work: () => Promise<T>): Promise<T> {
  const path = join(dir, '.lock');
  while (!(await take(path))) await sleep(5 + Math.random() * 10);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    await writeFile(path, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const since = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - since > ABANDONED_MS) await rm(path, { force: true });
    return false;
  }
}
