import { hash } from 'node:crypto';
import pg from 'pg';

/** The largest number of prepared statements of a connection. Statements beyond it run unprepared. */
const MAX_STATEMENTS = 200;

/** PostgreSQL's errors for a prepared statement that another schema or another session has made unusable. */
const UNUSABLE = new Set(['0A000', '26000', '42P05']);

const names = new Map<string, string>();

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
    this.query = ((config: unknown, values: unknown, callback: unknown) =>
      query(named(config, values), values, callback)) as typeof this.query;
    this.once('connect', () => {
      this.connection.on('errorMessage', ({ code }: pg.DatabaseError) => {
        if (code !== undefined && UNUSABLE.has(code)) void this.end();
      });
    });
  }
}

/** Names a statement with parameters. Any other argument of `query` stays the same. */
function named(config: unknown, values: unknown): unknown {
  if (typeof config !== 'string' || !Array.isArray(values) || values.length === 0) return config;
  const name = nameOf(config);
  return name === undefined ? config : { name, text: config };
}

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MAX_STATEMENTS) return known;
  const name = hash('sha256', text).slice(0, 32);
  names.set(text, name);
  return name;
}
