import type { Estimate } from '../interval.ts';
import { figure, table } from '../table.ts';
import { intervalText, type Ratio } from './ratios.ts';
import { NAMES } from './way.ts';

/** The ratios to "trusting" of one run of the comparison. */
export interface Run {
  /** The date and the commit. */
  readonly measured: string;
  readonly ratios: Readonly<Record<string, Estimate>>;
}

/** The spread of the runs that we promise. */
const PROMISED = 0.1;

/** The name of a ratio among those of a run. */
export const nameOf = ({ measure, workload, way }: Pick<Ratio, 'measure' | 'workload' | 'way'>): string =>
  `${measure} of ${workload}: ${NAMES[way]}`;

/** A row for each ratio, a column for each run, the spread of the runs, and the reason of a large one. */
export async function runTable(runs: readonly Run[]): Promise<string> {
  const [first] = runs;
  const rows = Object.keys(first?.ratios ?? {}).map((name) => {
    const estimates = runs.flatMap(({ ratios }) => ratios[name] ?? []);
    const medians = estimates.map(({ median }) => median);
    const spread = Math.max(...medians) / Math.min(...medians) - 1;
    const isCommon = Math.max(...estimates.map(({ low }) => low)) <= Math.min(...estimates.map(({ high }) => high));
    return { name, estimates, spread, isCommon };
  });
  const wide = rows.filter(({ spread }) => spread > PROMISED);
  const [noise, other] = [wide.filter(({ isCommon }) => isCommon), wide.filter(({ isCommon }) => !isCommon)];
  const percent = (value: number) => `${figure(100 * value)} %`;
  return [
    `\`npm run bench -- ways\`, ${String(runs.length)} runs: ${runs.map(({ measured }) => measured).join('; ')}.`,
    await table(
      ['ratio to trusting', ...runs.map((_, index) => `run ${String(index + 1)}`), 'spread'],
      rows.map(({ name, estimates, spread }) => [
        name,
        ...estimates.map(intervalText),
        spread > PROMISED ? `**${percent(spread)}**` : percent(spread),
      ]),
    ),
    `${String(rows.length - wide.length)} of ${String(rows.length)} ratios have a spread of at most ${percent(PROMISED)}.`,
    ...(noise.length === 0
      ? []
      : [`${String(noise.length)} have a larger one, but the intervals of the runs overlap: the noise of a run explains it.`]),
    ...(other.length === 0
      ? []
      : [
          `The intervals do not overlap in ${other.map(({ name }) => `_${name}_`).join(', ')}: starts of the system differ by more than the rounds of one start.`,
        ]),
  ].join('\n\n');
}
