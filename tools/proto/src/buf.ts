import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

const { resolve } = createRequire(import.meta.url);
const program = resolve('@bufbuild/buf/bin/buf');
const installed = join(dirname(resolve('@bufbuild/buf/package.json')), '../..');
/** Where npm links the programs of packages; buf looks there for its plugin. */
const programs = join(installed, '.bin');
/** Not below HOME, which not every machine that checks a contract has. */
const cache = join(installed, '.cache/buf');

/**
 * Runs buf in a folder with a `buf.yaml`.
 *
 * @returns What it wrote to its standard output.
 * @throws {ContractProblem} with all that it reports, when it reports anything.
 */
export const buf = (folder: string, ...args: string[]): Buffer => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    env: { ...process.env, PATH: [programs, process.env.PATH].join(delimiter), BUF_CACHE_DIR: cache },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new ContractProblem(`buf ${args.join(' ')}\n${stdout.toString()}${stderr.toString()}`);
  return stdout;
};

/** What is wrong with the contract, or with what was generated from it, one line a problem. */
export class ContractProblem extends Error {
  override readonly name = 'ContractProblem';
}
