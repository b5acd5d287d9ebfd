export { CliError, UsageError } from './cli-error.ts';
export { type Command, runCommand } from './command.ts';
export { eventually } from './eventually.ts';
export { patiently } from './patiently.ts';
export { untilRefused } from './until-refused.ts';
