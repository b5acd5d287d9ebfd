import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The same folder as in src/test/jest.ts. */
const COUNTS = 'dist/tests';
const { TEST_RUN, WRITE_TEST_COUNTS } = process.env;

/**
 * Prints each spec file with its failures, and last `N passed, N failed`. In a run of Nx it writes the counts of each project to a
 * file; `npm test` then prints the last line.
 *
 * @implements {import('@jest/reporters').Reporter}
 */
export default class Reporter {
  /** @param {{ rootDir: string }} globalConfig */
  constructor({ rootDir }) {
    this.rootDir = rootDir;
    /** The results of each project, by its name. */
    this.results = new Map();
  }

  onTestResult(test, result) {
    const project = test.context.config.displayName.name;
    this.results.set(project, [...(this.results.get(project) ?? []), result]);
    const { failureMessage, console: output, perfStats } = result;
    const failed = countsOf(result).failed > 0;
    const file = test.path.slice(this.rootDir.length + 1);
    console.log(`${failed ? 'FAIL' : 'ok  '} ${file} ${(perfStats.runtime / 1000).toFixed(1)} s`);
    if (!failed) return;
    console.log(`\n${failureMessage}`);
    for (const { type, message } of output ?? []) console.log(`console.${type}: ${message}`);
  }

  onRunComplete(_contexts, { testResults, startTime, wasInterrupted }) {
    if (WRITE_TEST_COUNTS && !wasInterrupted) this.#write();
    if (TEST_RUN) return;
    const { passed, failed, skipped } = sum(testResults);
    console.log(`\n${((Date.now() - startTime) / 1000).toFixed(1)} s`);
    console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  }

  #write() {
    const folder = join(this.rootDir, COUNTS);
    mkdirSync(folder, { recursive: true });
    for (const [project, results] of this.results) {
      writeFileSync(join(folder, `${project}.json`), JSON.stringify({ ...sum(results), run: TEST_RUN ?? '' }));
    }
  }
}

/** A spec file that cannot be loaded has no tests, and counts as one failure. */
const countsOf = ({ numPassingTests, numFailingTests, numPendingTests, numTodoTests, testExecError }) => ({
  passed: numPassingTests,
  failed: numFailingTests + (testExecError ? 1 : 0),
  skipped: numPendingTests + numTodoTests,
});

const sum = (results) =>
  results.map(countsOf).reduce(
    (total, { passed, failed, skipped }) => ({
      passed: total.passed + passed,
      failed: total.failed + failed,
      skipped: total.skipped + skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
