import { withClient } from '@reputable/postgres';
import { execFile } from 'node:child_process';
import { chmod, chown, cp, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** A running local PostgreSQL server. */
export interface BackedUpServer {
  /** The URL of the superuser. */
  readonly url: string;
  /** The parent of the data folder. */
  readonly home: string;
}

/**
 * Makes a physical backup of all databases while the server runs, by PostgreSQL's
 * [low-level API](https://www.postgresql.org/docs/18/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP). A server that starts in the new folder
 * restores the databases to the moment at which the backup ended.
 *
 * @returns the new folder, beside that of the server, which the server's user can reach
 */
export async function makeBaseBackup({ url, home }: BackedUpServer): Promise<string> {
  const folder = await mkdtemp(join(dirname(home), 'reputable-backup-'));
  await chmod(folder, 0o711);
  const [source, data] = [join(home, 'data'), join(folder, 'data')];
  // Both functions need one connection.
  await withClient(url, async (client) => {
    await client.query("SELECT pg_backup_start('reputable', fast => true)");
    await copyFolder(source, data);
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)');
    // The restored server applies the write-ahead log since the start of the backup.
    await copyFolder(`${source}/pg_wal/.`, join(data, 'pg_wal'));
    await rm(join(data, 'postmaster.pid'), { force: true });
    const label = join(data, 'backup_label');
    await writeFile(label, rows[0]?.labelfile ?? '', { mode: 0o600 });
    const { uid, gid } = await stat(source);
    await chown(label, uid, gid);
  });
  await cp(join(home, 'password'), join(folder, 'password'));
  return folder;
}

/** Copies files with their owners. A running server can remove files meanwhile: the write-ahead log repeats these changes. */
async function copyFolder(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-a', from, to]).catch((error: unknown) => {
    const lines = (error as { stderr: string }).stderr.trim().split('\n');
    if (!lines.every((line) => line.endsWith('No such file or directory'))) throw error;
  });
}
