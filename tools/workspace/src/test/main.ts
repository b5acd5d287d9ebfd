import { refuseStaleContract } from '@reputable/run/contract';
import { randomUUID } from 'node:crypto';
import { globSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from '../manifest.ts';
import { COUNTS, readCounts, runJest, runNode } from './jest.ts';

/** Runs the tests of all projects through Nx, and returns the exit code. The last line sums up fresh and cached results. */
async function testAll(): Promise<number> {
  refuseStaleContract(root);
  const run = randomUUID();
  rmSync(join(root, COUNTS), { recursive: true, force: true });
  const nx = [join(root, 'node_modules/.bin/nx'), 'run-many', '--targets=test,e2e', '--outputStyle=static-failures-only'];
  const code = await runNode(nx, { ...process.env, TEST_RUN: run });
  const all = globSync('*.json', { cwd: join(root, COUNTS) }).flatMap((file) => readCounts(basename(file, '.json')) ?? []);
  const sum = (counts: typeof all, key: 'passed' | 'failed' | 'skipped') => counts.reduce((total, each) => total + each[key], 0);
  const cached = sum(
    all.filter((counts) => counts.run !== run),
    'passed',
  );
  const skipped = sum(all, 'skipped');
  // Nx can fail before any test does.
  const failed = Math.max(sum(all, 'failed'), code === 0 ? 0 : 1);
  if (cached > 0) console.log(`\n${cached} passed before, from the cache. To run all: NX_SKIP_NX_CACHE=true npm test`);
  console.log(`${sum(all, 'passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return code;
}

const args = process.argv.slice(2);
// A part of the tests is for Jest alone: Nx would store its result as the result of the whole project.
process.exitCode = args.length > 0 ? await runJest(args) : await testAll();
