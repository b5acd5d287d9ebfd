import type { DataSource, DataSourceOptions, EntitySchema, MixedList } from 'typeorm';

/** What a service's database consists of. */
export interface DatabaseSchema {
  /** The entities of the service. */
  readonly entities: MixedList<(new () => object) | EntitySchema>;
  /** The migrations that make the schema; the schema is never derived from the entities. */
  readonly migrations: MixedList<new () => object>;
}

/** What it consists of, and where it is. */
export interface DatabaseOptions extends DatabaseSchema {
  /** Its DATABASE_URL. */
  readonly url: string;
}

/** How long a query waits for a connection, in milliseconds: less than a call's deadline, so that the caller hears of it. */
const CONNECT_TIMEOUT_MS = 1_500;

/** A query that takes longer is ended, in milliseconds: nobody waits for its answer any more. */
const STATEMENT_TIMEOUT_MS = 10_000;

/** TypeORM's options for a service's database. */
export function dataSourceOptions({ url, entities, migrations }: DatabaseOptions): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    entities,
    migrations,
    synchronize: false,
    // The outer transaction of a migration run is ours: see migrate().
    migrationsTransactionMode: 'all',
    logging: false,
    extra: { max: 16, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, statement_timeout: STATEMENT_TIMEOUT_MS },
  };
}

/** Where a data source's database is, for connections that are not TypeORM's. */
export function urlOf({ options }: DataSource): string {
  if (options.type !== 'postgres' || options.url === undefined) throw new Error('This needs a PostgreSQL data source with a URL.');
  return options.url;
}
