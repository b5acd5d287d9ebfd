export { createDatabase, dropDatabase } from './database.ts';
export { freePort, holdFreePort } from './free-port.ts';
export { startPostgres } from './server.ts';
export type { Postgres, PostgresOptions } from './server.ts';
