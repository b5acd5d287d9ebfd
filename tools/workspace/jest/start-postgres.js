import { ensureBuilt } from '@reputable/run/build';

/**
 * Builds the services that specs start, before several workers need them. Starts one PostgreSQL for the whole run, unless DATABASE_URL names a
 * server. Specs create their databases on the server in DATABASE_URL.
 */
export default async () => {
  ensureBuilt();
  if (process.env.DATABASE_URL) return;
  const { startPostgres } = await import('@reputable/postgres');
  globalThis.testPostgres = await startPostgres({ fast: true });
  process.env.DATABASE_URL = globalThis.testPostgres.url;
};
