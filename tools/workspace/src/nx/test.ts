import { readCounts, removeCounts, runJest } from '../test/jest.ts';
import { executor, type Problems, type Project } from './batch.ts';

/** Runs Jest, with one PostgreSQL and one set of workers for all projects. Jest itself prints the failures. */
async function test(projects: readonly Project[]): Promise<Problems> {
  const names = projects.map(({ name }) => name);
  names.forEach(removeCounts);
  await runJest(['--passWithNoTests', '--selectProjects', ...names], { WRITE_TEST_COUNTS: 'true' });
  return new Map(names.map((name) => [name, problemOf(name)]));
}

function problemOf(name: string): string {
  const counts = readCounts(name);
  if (!counts) return `${name}: Jest ended before its tests.\n`;
  return counts.failed === 0 ? '' : `${name}: ${counts.failed} failed.\n`;
}

export const { single, batch } = executor(test);
