/** Why the system does not start or run, in one line for people. */
export class SystemError extends Error {
  override readonly name = 'SystemError';

  /** @param said what else a service that did not start had to say, line by line */
  constructor(
    message: string,
    options?: ErrorOptions,
    readonly said: readonly string[] = [],
  ) {
    super(message, options);
  }
}
