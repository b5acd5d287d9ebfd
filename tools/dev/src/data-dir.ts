import { CliError } from '@reputable/cli';
import { chmod, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Others may pass through, not look: PostgreSQL's part may belong to another user. */
const MODE = 0o711;

/** Makes the data folder if it is not there; without a name, a temporary one, and puts its removal on the list. */
export async function openDataDir(dir: string | undefined, undo: (() => Promise<unknown>)[]): Promise<string> {
  try {
    if (dir === undefined) {
      const temporary = await mkdtemp(join(tmpdir(), 'reputable-'));
      undo.push(() => rm(temporary, { recursive: true, force: true }));
      await chmod(temporary, MODE);
      return temporary;
    }
    await mkdir(dir, { recursive: true, mode: MODE });
    return await realpath(dir);
  } catch (error) {
    throw new CliError(`Data cannot be kept in ${dir ?? tmpdir()}: ${(error as Error).message}`, { cause: error });
  }
}
