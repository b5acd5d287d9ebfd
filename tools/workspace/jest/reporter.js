/**
 * Says which spec files ran and what failed in them, and ends with the line that people and CI look for: `N passed, N failed`.
 *
 * @implements {import('@jest/reporters').Reporter}
 */
export default class Reporter {
  /** @param {{ rootDir: string }} globalConfig */
  constructor({ rootDir }) {
    this.rootDir = rootDir;
  }

  onTestResult(test, { numFailingTests, testExecError, failureMessage, console: output, perfStats }) {
    const failed = numFailingTests > 0 || testExecError !== undefined;
    const file = test.path.slice(this.rootDir.length + 1);
    console.log(`${failed ? 'FAIL' : 'ok  '} ${file} ${(perfStats.runtime / 1000).toFixed(1)} s`);
    if (!failed) return;
    console.log(`\n${failureMessage}`);
    for (const { type, message } of output ?? []) console.log(`console.${type}: ${message}`);
  }

  onRunComplete(_contexts, { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites, startTime }) {
    const skipped = numPendingTests + numTodoTests;
    // A spec file that cannot be loaded has no tests to count, and is a failure all the same.
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    console.log(`\n${((Date.now() - startTime) / 1000).toFixed(1)} s`);
    console.log(`${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  }
}
