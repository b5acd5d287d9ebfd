export { type Command, Failure, runCommand, UsageError } from './command.ts';
export { patiently } from './patiently.ts';
