/**
 * The message of an error. Node reports a refused connection to a name with several addresses, such as `localhost` with `::1` and `127.0.0.1`,
 * as an AggregateError without a message.
 */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
