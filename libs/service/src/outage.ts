/** The error codes of Node and PostgreSQL (appendix A of its manual) for a server that is down, unreachable, shutting down or overloaded. */
const OUTAGES = /^(ECONNREFUSED|ECONNRESET|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EPIPE|ETIMEDOUT|08\w{3}|53300|57P0[123]|57014)$/;

/** The messages of errors without a code of pg, and of TypeORM for a transaction whose connection was lost. */
const MESSAGES =
  /^(timeout exceeded when trying to connect|timeout expired|Connection terminated|Client (has encountered|was closed)|Query runner already released)/;

/** Whether an error means that the database is temporarily unreachable, so that a retry may succeed. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && OUTAGES.test(code)) return true;
  return MESSAGES.test(error.message) || isOutage((error as { driverError?: unknown }).driverError);
}
