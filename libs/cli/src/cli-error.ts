/** An error for a person at the command line. The message is one line with the fault and the remedy. The command exits with code 1. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
}

/** The arguments of a command are wrong. The command exits with code 2. */
export class UsageError extends CliError {
  override readonly name = 'UsageError';
}
