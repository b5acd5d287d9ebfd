import type { DataSource, DataSourceOptions, EntitySchema, MixedList } from 'typeorm';

/** The schema of a service's database. */
export interface DatabaseSchema {
  /** The entities of the service. */
  readonly entities: MixedList<(new () => object) | EntitySchema>;
  /** The migrations that create the schema. TypeORM's schema synchronization is off. */
  readonly migrations: MixedList<new () => object>;
}

/** The schema and the URL of a service's database. */
export interface DatabaseOptions extends DatabaseSchema {
  /** The service's DATABASE_URL. */
  readonly url: string;
}

/** The longest wait for a connection, in milliseconds: less than a call's deadline, so that the error reaches the client. */
const CONNECT_TIMEOUT_MS = 1_500;

/** The longest query, in milliseconds: longer than any client waits. */
const STATEMENT_TIMEOUT_MS = 10_000;

/** TypeORM's options for a service's database. */
export function dataSourceOptions({ url, entities, migrations }: DatabaseOptions): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    entities,
    migrations,
    synchronize: false,
    migrationsTransactionMode: 'all',
    logging: false,
    extra: { max: 16, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, statement_timeout: STATEMENT_TIMEOUT_MS },
  };
}

/** The URL of a data source's database, for connections outside TypeORM. */
export function urlOf({ options }: DataSource): string {
  if (options.type !== 'postgres' || options.url === undefined)
    throw new Error(`The data source has the type ${options.type} or no URL. Configure it with dataSourceOptions().`);
  return options.url;
}
