import { CliError, eventually } from '@reputable/cli';

/** Repeats an act until it is refused. */
export async function inTheEnd(act: () => Promise<unknown>): Promise<never> {
  throw await eventually(() => refusalOf(act()));
}

/** The error of a refused act. */
const refusalOf = (act: Promise<unknown>) =>
  act.then(
    () => {
      throw new CliError('The act was allowed.');
    },
    (error: unknown) => error as Error,
  );
