/** The deadline of the calls of a test, in milliseconds. A busy machine takes longer than the default. Between services it is half of that. */
export const PATIENCE_MS = 20_000;

/** The URL of the test run's PostgreSQL server. */
export function adminUrl(): string {
  const url = process.env.DATABASE_URL;
  if (url === undefined) throw new Error('DATABASE_URL is missing. Run the spec with `npm test`, or set DATABASE_URL.');
  return url;
}
