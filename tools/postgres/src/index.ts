export { createDatabase, dropDatabase } from './database.ts';
export { PostgresError } from './error.ts';
export { startPostgres } from './server.ts';
export type { Postgres, PostgresOptions } from './server.ts';
