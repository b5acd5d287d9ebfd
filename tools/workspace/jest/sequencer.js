import TestSequencer from '@jest/test-sequencer';
import { readFileSync } from 'node:fs';

/** Programs that specs start. */
const PROCESS = /\b(startSystem|TestWorld|AuthWorld|Subjects|startPostgres|fork|spawn|execFile)(Sync)?\b/;

/**
 * Jest runs the files that took longest first, and without times of a former run, as in CI, the largest. A small file that starts processes
 * takes longer than a large one that does not, so without times those that start processes come first.
 */
export default class Sequencer extends TestSequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    if (sorted.some(({ duration }) => duration !== undefined)) return sorted;
    const startsProcesses = new Map(sorted.map((test) => [test, PROCESS.test(readFileSync(test.path, 'utf8'))]));
    return sorted.toSorted((a, b) => Number(startsProcesses.get(b)) - Number(startsProcesses.get(a)));
  }
}
