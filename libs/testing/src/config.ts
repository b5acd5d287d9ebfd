/** The deadline of the calls of a test, in milliseconds. A busy machine takes longer than the default. Between services it is half of that. */
export const PATIENCE_MS = 20_000;

/** The settings of services whose calls must not miss their deadlines on a busy machine. */
export const PATIENT = { DEADLINE_MS: String(PATIENCE_MS / 2) };

/**
 * The factor by which a busy machine may exceed a time that the docs promise. Tests of such a promise allow this many times as much. The benchmarks
 * measure the real times.
 */
export const PATIENCE = 5;

/** The URL of the test run's PostgreSQL server. */
export function adminUrl(): string {
  const url = process.env.DATABASE_URL;
  if (url === undefined) throw new Error('DATABASE_URL is missing. Run the spec with `npm test`, or set DATABASE_URL.');
  return url;
}

/** The number of runs of a property, which FUZZ_RUNS replaces for long runs. @param fallback the number without it */
export const fuzzRuns = (fallback: number): number => Number(process.env.FUZZ_RUNS ?? fallback);

/** The seed of the generated values, which FUZZ_SEED replaces: for other values, or for those of a failure. */
export const fuzzSeed = (): number => Number(process.env.FUZZ_SEED ?? 17);
