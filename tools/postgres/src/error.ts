/** Why PostgreSQL does not start or run, in one line for people. */
export class PostgresError extends Error {
  override readonly name = 'PostgresError';
}
