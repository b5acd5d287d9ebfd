import { refuseStaleContract } from '@reputable/run/contract';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../manifest.ts';

/** The counts of a project, as the reporter writes them. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** The run that counted them: {@link Counts} of another run came from Nx's cache. */
  readonly run: string;
}

/** The folder of the counts, relative to the root: one JSON file per project. */
export const COUNTS = 'dist/tests';

/** Runs Jest and returns its exit code. Ends this process if the generated code is not that of the contract. */
export async function runJest(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  refuseStaleContract(root);
  return runNode(['--import', '@reputable/run', join(root, 'node_modules/jest/bin/jest.js'), ...args], env);
}

/** Runs Node.js in this terminal, and returns its exit code. */
export async function runNode(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const node = spawn(process.execPath, args, { cwd: root, stdio: 'inherit', env });
  const [code] = (await once(node, 'close')) as [number | null];
  return code ?? 1;
}

/** The counts of a project; undefined if Jest did not get as far. */
export function readCounts(project: string): Counts | undefined {
  try {
    return JSON.parse(readFileSync(join(root, COUNTS, `${project}.json`), 'utf8')) as Counts;
  } catch {
    return undefined;
  }
}

export const removeCounts = (project: string): void => rmSync(join(root, COUNTS, `${project}.json`), { force: true });
