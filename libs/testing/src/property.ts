import { fuzzRuns, fuzzSeed } from './config.ts';

/**
 * The settings of a property of fast-check: the same values in each run, unless FUZZ_SEED or FUZZ_RUNS is set. A failure prints its seed and the
 * smallest values that fail.
 *
 * @param runs the number of runs
 */
export const settings = (runs: number) => ({ numRuns: fuzzRuns(runs), seed: fuzzSeed() });
