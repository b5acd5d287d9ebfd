/** Where programs are found. */
export const path = process.env.PATH;

/** The PostgreSQL server that the test run uses. */
export function adminUrl(): string {
  const url = process.env.DATABASE_URL;
  if (url === undefined) throw new Error('DATABASE_URL is missing. `npm test` sets it; so must whoever runs a spec in another way.');
  return url;
}
