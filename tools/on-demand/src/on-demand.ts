import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** The folders of this project with a package.json and a lockfile. */
export type OnDemand = 'buf' | 'charts' | 'chromium' | 'kubernetes' | 'nest-11' | 'package-checks' | 'ts-proto';

/** For the hook of a spec, in milliseconds: an installation takes as long as the network does. */
export const INSTALLATION_TIMEOUT = 600_000;

/** npm ci deletes it together with the other packages. Not `.cache`, which the rehearsals of the documentation leave out of their clones. */
const FOLDER = join(import.meta.dirname, '../../../node_modules/.on-demand');

/**
 * Installs a program at its first use: npm takes the versions and checksums of its lockfile, and runs no install script.
 *
 * @returns the folder that contains the program's `node_modules`
 * @throws Error with npm's output if the installation fails
 */
export function onDemand(name: OnDemand, parent = FOLDER): string {
  const source = join(import.meta.dirname, '..', name);
  const version = createHash('sha256')
    .update(readFileSync(join(source, 'package-lock.json')))
    .digest('hex')
    .slice(0, 12);
  const folder = join(parent, `${name}-${version}`);
  if (!existsSync(folder)) install(name, source, folder);
  return folder;
}

function install(name: string, source: string, folder: string): void {
  process.stderr.write(`Installing ${name} at its first use …\n`);
  mkdirSync(join(folder, '..'), { recursive: true });
  // Not in the folder itself: another process may install at the same time, and an interrupted installation must not look complete.
  const own = mkdtempSync(`${folder}.`);
  try {
    for (const file of ['package.json', 'package-lock.json']) cpSync(join(source, file), join(own, file));
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--prefix', own];
    const { status, stderr, error } = spawnSync('npm', ['ci', ...options], { encoding: 'utf8', shell: process.platform === 'win32' });
    if (status !== 0) throw new Error(`Cannot install ${name}:\n${error?.message ?? stderr}`, { cause: error });
    renameSync(own, folder);
  } catch (error) {
    rmSync(own, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}
