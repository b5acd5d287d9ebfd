import pg from 'pg';
import { DataSource, type DataSourceOptions, type EntitySchema, type MixedList } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { CallQueryRunner } from './call-query-runner.ts';
import { PreparedClient } from './prepared-client.ts';
import { WatchedPool } from './watched-pool.ts';

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
  /** The longest deadline of a call, in milliseconds. The wait for a connection is shorter, so that its error reaches the client. Default: 2 seconds. */
  readonly deadlineMs?: number;
}

/** The part of a call's deadline that it may wait for a connection. */
const CONNECT_SHARE = 0.75;

/** The longest query, in milliseconds: longer than any client waits. */
const STATEMENT_TIMEOUT_MS = 10_000;

/**
 * Plans a prepared statement once, for any parameters. By default PostgreSQL plans a statement with `LIMIT $1` at every execution, because it
 * overestimates the cost of a plan for an unknown limit. All statements find rows by an index.
 */
const GENERIC_PLANS = '-c plan_cache_mode=force_generic_plan';

/** How much longer than the statement timeout a connection waits for an answer, in milliseconds. Then the connection is lost. */
const ANSWER_MARGIN_MS = 2_000;

/** TCP asks after this time of silence whether the other host is still there, in milliseconds. */
const KEEPALIVE_MS = 5_000;

/** The driver for TypeORM: pg with our pool. */
const driver = Object.assign(Object.create(pg) as object, { Pool: WatchedPool });

/** TypeORM's options for a service's database. */
export function dataSourceOptions({ url, entities, migrations, deadlineMs = 2_000 }: DatabaseOptions): DataSourceOptions {
  const statementTimeoutMs = Math.max(STATEMENT_TIMEOUT_MS, deadlineMs);
  return {
    type: 'postgres',
    // Otherwise TypeORM loads a second pg from node_modules, which a bundle does not have.
    driver,
    url,
    entities,
    migrations,
    extra: {
      Client: PreparedClient,
      deadlineMs,
      max: 16,
      connectionTimeoutMillis: deadlineMs * CONNECT_SHARE,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEPALIVE_MS,
      statement_timeout: statementTimeoutMs,
      answerWithinMs: statementTimeoutMs + ANSWER_MARGIN_MS,
      crowdedAnswerWithinMs: deadlineMs + ANSWER_MARGIN_MS,
      options: GENERIC_PLANS,
    },
  };
}

/** The options for statements that nobody waits for, such as those of migrations. */
export const withoutTimeouts = (options: DataSourceOptions): DataSourceOptions => ({
  ...options,
  extra: {
    ...(options as { readonly extra: object }).extra,
    statement_timeout: 0,
    answerWithinMs: Infinity,
    crowdedAnswerWithinMs: Infinity,
  },
});

/** The longest deadline of a call, in milliseconds, as {@link dataSourceOptions} got it. */
export const deadlineOf = ({ options }: Pick<DataSource, 'options'>): number =>
  (options as { readonly extra: { readonly deadlineMs: number } }).extra.deadlineMs;

/** Connects to a service's database. Its changes in a call are bounded by the deadline: see {@link CallQueryRunner}. */
export async function connect(options: DataSourceOptions): Promise<DataSource> {
  const dataSource = new DataSource(options);
  const driver = dataSource.driver as PostgresDriver;
  driver.createQueryRunner = (mode) => new CallQueryRunner(driver, mode);
  return dataSource.initialize();
}

/** The URL of a data source's database, for connections outside TypeORM. */
export function urlOf({ options }: DataSource): string {
  if (options.type !== 'postgres' || options.url === undefined)
    throw new Error(`The data source has the type ${options.type} or no URL. Configure it with dataSourceOptions().`);
  return options.url;
}
