/** The deadline of the calls of a test. A busy machine takes longer than the default. The calls between services keep theirs. */
export const PATIENCE_MS = 20_000;

/** The URL of the test run's PostgreSQL server. */
export function adminUrl(): string {
  const url = process.env.DATABASE_URL;
  if (url === undefined) throw new Error('DATABASE_URL is missing. Run the spec with `npm test`, or set DATABASE_URL.');
  return url;
}
