/** What Node and PostgreSQL (appendix A of its manual) call a server that is gone, going or full. */
const OUTAGES = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EPIPE|ETIMEDOUT|08\w{3}|53300|57P0[123]|57014)$/;

/** What pg says of connections without giving it a code. */
const MESSAGES = /^(timeout exceeded when trying to connect|Connection terminated)/;

/** Whether an error means that the database cannot be reached now, so that the same call may succeed later. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && OUTAGES.test(code)) return true;
  return MESSAGES.test(error.message) || isOutage((error as { driverError?: unknown }).driverError);
}
