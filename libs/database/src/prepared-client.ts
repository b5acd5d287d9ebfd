import { hash } from 'node:crypto';
import pg from 'pg';
import { inQuerySpan } from './query-span.ts';

/** The largest number of prepared statements of a connection. Statements beyond it run unprepared. */
const MAX_STATEMENTS = 200;

/** PostgreSQL's errors for a prepared statement that another schema or another session has made unusable. */
const UNUSABLE = new Set(['0A000', '26000', '42P05']);

const names = new Map<string, string>();

type Callback = ConstructorParameters<typeof pg.Query>[2];

/**
 * A PostgreSQL client that prepares every statement with parameters: PostgreSQL parses and plans it once a connection. The name of a
 * statement is the hash of its text, so a name never denotes another statement, even if a proxy shares sessions among clients.
 * Behind PgBouncer in transaction mode this needs version 1.21 or later with `max_prepared_statements` of at least 200, and the startup
 * parameters `statement_timeout` and `options` in `ignore_startup_parameters`.
 *
 * A migration can change the type of a column that a prepared statement returns, which PostgreSQL refuses ("cached plan must not change
 * result type"). The client then ends, and the pool opens another one.
 */
export class PreparedClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    const query = this.query.bind(this) as (...parameters: unknown[]) => unknown;
    // The pool calls back in the context of any request, so `select` makes the spans of its queries.
    const traced = (text: string, values: unknown, name?: string) =>
      inQuerySpan(text, values, this, () => query(name === undefined ? text : { name, text }, values) as Promise<unknown>);
    this.query = ((text: unknown, values: unknown, callback?: Callback) => {
      const name = hasParameters(text, values) ? nameOf(text as string) : undefined;
      if (name === undefined) return callback || typeof text !== 'string' ? query(text, values, callback) : traced(text, values);
      // The pool passes a callback. pg copies a configuration property by property, which takes ten times as long as making a query.
      if (callback) return query(Object.assign(new pg.Query(text as string, values as unknown[], callback), { name }));
      return traced(text as string, values, name);
    }) as typeof this.query;
    this.once('connect', () => {
      this.connection.on('errorMessage', ({ code }: pg.DatabaseError) => {
        if (code !== undefined && UNUSABLE.has(code)) void this.end();
      });
    });
  }
}

/** Whether the arguments of `query` are a statement with parameters. */
const hasParameters = (text: unknown, values: unknown) => typeof text === 'string' && Array.isArray(values) && values.length > 0;

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MAX_STATEMENTS) return known;
  const name = hash('sha256', text).slice(0, 32);
  names.set(text, name);
  return name;
}
