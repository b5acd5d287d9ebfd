import { CliError } from '@reputable/cli';
import { chmod, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Other users may pass through, not list it: PostgreSQL's part may belong to another user. */
const MODE = 0o711;

/** Creates the data folder unless it exists; without a name, a temporary one, whose removal it adds to `undo`. */
export async function openDataDir(dir: string | undefined, undo: (() => Promise<unknown>)[]): Promise<string> {
  try {
    if (dir !== undefined) await mkdir(dir, { recursive: true, mode: MODE });
    const path = dir ?? (await mkdtemp(join(tmpdir(), 'reputable-')));
    if (dir !== undefined) return await realpath(path);
    undo.push(() => rm(path, { recursive: true, force: true }));
    await chmod(path, MODE);
    return path;
  } catch (error) {
    throw new CliError(`Cannot keep data in ${dir ?? tmpdir()}: ${(error as Error).message}`, { cause: error });
  }
}
