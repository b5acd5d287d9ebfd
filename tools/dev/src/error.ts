/** Why the system does not start or run, in one line for people. */
export class SystemError extends Error {
  override readonly name = 'SystemError';
}
