import { CliError } from '@reputable/cli';
import { onDemand } from '@reputable/on-demand';
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';

const installed = join(import.meta.dirname, '../../../node_modules');
/** The folder of npm's links to programs. buf finds its plugin there. */
const programs = join(installed, '.bin');
/** Not below HOME, which some machines lack. */
const cache = join(installed, '.cache/buf');

/**
 * Runs buf in a folder with a `buf.yaml`.
 *
 * @returns its standard output
 * @throws {CliError} with everything that buf reports
 */
export const buf = (folder: string, ...args: string[]): Buffer => {
  const program = join(onDemand('buf'), 'node_modules/@bufbuild/buf/bin/buf');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    env: { ...process.env, PATH: [programs, process.env.PATH].join(delimiter), BUF_CACHE_DIR: cache },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new CliError(`buf ${args.join(' ')}\n${stdout.toString()}${stderr.toString()}`);
  return stdout;
};
