import { CliError } from './cli-error.ts';
import { eventually } from './eventually.ts';

/**
 * Repeats an act until it is refused, and returns the error.
 *
 * @param complaint the error after the timeout
 * @throws {CliError} after the timeout
 */
export const untilRefused = (act: () => Promise<unknown>, complaint = 'The act was allowed.', timeoutMs?: number): Promise<Error> =>
  eventually(() => refusalOf(act(), complaint), timeoutMs);

const refusalOf = (act: Promise<unknown>, complaint: string): Promise<Error> =>
  act.then(
    () => {
      throw new CliError(complaint);
    },
    (error: unknown) => error as Error,
  );
