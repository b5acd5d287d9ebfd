export { CliError, CliError as Failure, UsageError } from './cli-error.ts';
export { type Command, runCommand } from './command.ts';
export { patiently } from './patiently.ts';
