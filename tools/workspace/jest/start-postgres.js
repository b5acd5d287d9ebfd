/**
 * Starts one PostgreSQL for the whole run, unless DATABASE_URL names a server. Specs create their databases on the server in DATABASE_URL.
 */
export default async () => {
  if (process.env.DATABASE_URL) return;
  const { startPostgres } = await import('@reputable/postgres');
  globalThis.testPostgres = await startPostgres({ fast: true });
  process.env.DATABASE_URL = globalThis.testPostgres.url;
};
