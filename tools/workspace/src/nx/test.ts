import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { root } from '../manifest.ts';
import { readCounts, removeCounts, runJest } from '../test/jest.ts';
import { executor, type Problems, type Project } from './batch.ts';

/** Runs Jest, with one PostgreSQL and one set of workers for all projects. Jest itself prints the failures. */
async function test(projects: readonly Project[]): Promise<Problems> {
  const names = projects.map(({ name }) => name);
  names.forEach(removeCounts);
  const code = await runJest(['--selectProjects', ...names], { ...withoutDotEnv(process.env), WRITE_TEST_COUNTS: 'true' });
  const problems = new Map(names.map((name) => [name, problemOf(name)]));
  if (code === 0 || [...problems.values()].some(Boolean)) return problems;
  // No test failed, but something around them did, such as the end of PostgreSQL.
  return new Map(names.map((name) => [name, `${name}: Jest ended with code ${code}.\n`]));
}

/** Nx loads the file `.env`. Its settings are for docker-compose and must not reach the tests. */
function withoutDotEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const file = join(root, '.env');
  const settings = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  return Object.fromEntries(Object.entries(env).filter(([name, value]) => settings[name] !== value));
}

function problemOf(name: string): string {
  const counts = readCounts(name);
  if (!counts) return `${name}: Jest ended before its tests.\n`;
  return counts.failed === 0 ? '' : `${name}: ${counts.failed} failed.\n`;
}

export const { single, batch } = executor(test);
