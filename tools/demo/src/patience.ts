import { untilRefused } from '@reputable/cli';

/** Repeats an act until it is refused. */
export async function inTheEnd(act: () => Promise<unknown>): Promise<never> {
  throw await untilRefused(act);
}
