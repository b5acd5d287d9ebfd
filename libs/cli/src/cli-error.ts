/** An error for the person at the command line: one line that says what is wrong and what to do. The command exits with code 1. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
}

/** The arguments of a command are wrong. The command exits with code 2. */
export class UsageError extends CliError {
  override readonly name = 'UsageError';
}
