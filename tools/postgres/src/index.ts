export { query, withClient } from './client.ts';
export { createDatabase, dropDatabase } from './database.ts';
export { freePort, holdFreePort } from './free-port.ts';
export { type Postgres, type PostgresOptions, startPostgres } from './server.ts';
