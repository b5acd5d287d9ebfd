/** The PATH of the test run. */
export const path = process.env.PATH;

/** The PostgreSQL server that the test run uses. */
export function adminUrl(): string {
  const url = process.env.DATABASE_URL;
  if (url === undefined) throw new Error('DATABASE_URL is missing. Run the spec with `npm test`, or set DATABASE_URL.');
  return url;
}
