/**
 * One PostgreSQL for the whole run, unless DATABASE_URL names one already. Specs find it in DATABASE_URL, as a server where
 * they may make databases.
 */
export default async () => {
  if (process.env.DATABASE_URL) return;
  const { startPostgres } = await import('@reputable/postgres');
  globalThis.testPostgres = await startPostgres({ fast: true });
  process.env.DATABASE_URL = globalThis.testPostgres.url;
};
