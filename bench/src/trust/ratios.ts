import { type Estimate, bootstrap, estimate } from '../interval.ts';
import { cpuUsOf, latencyOf } from '../sample.ts';
import { figure, table } from '../table.ts';
import type { TrustSample, TrustSamples } from './comparison.ts';
import { NAMES, WAYS, type Way } from './way.ts';
import { WORKLOADS, type Workload } from './workload.ts';

/** The figures that the ways are compared by. */
export const MEASURES = ['CPU', 'p99'] as const;

type Measure = (typeof MEASURES)[number];

/** The ratio of one way to another, with its interval. */
export interface Ratio {
  readonly measure: Measure;
  readonly workload: Workload;
  readonly way: Way;
  readonly to: Way;
  readonly estimate: Estimate;
}

const OWN: readonly Way[] = ['ours', 'txn'];

/** The ratios of each way to "trusting", and of ours to "asking" with a cache. */
export function ratiosOf(requests: TrustSamples): readonly Ratio[] {
  const pairs: readonly (readonly [way: Way, to: Way])[] = [
    ...WAYS.filter((way) => way !== 'trusting').map((way) => [way, 'trusting'] as const),
    ...OWN.map((way) => [way, 'cached'] as const),
  ];
  return WORKLOADS.flatMap((workload) =>
    pairs.flatMap(([way, to]) => {
      const [one, base] = [requests[workload][way], requests[workload][to]];
      return MEASURES.map((measure) => ({ measure, workload, way, to, estimate: ESTIMATES[measure](one, base) }));
    }),
  );
}

const ESTIMATES: Readonly<Record<Measure, (one: readonly TrustSample[], base: readonly TrustSample[]) => Estimate>> = {
  // The median of the ratios of each round.
  CPU: (one, base) => ratioOf(one.map(cpuUsOf), base.map(cpuUsOf)),
  // A round has too few requests for its own p99.
  p99: (one, base) => {
    const p99 = (samples: readonly TrustSample[], drawn: readonly number[]) =>
      latencyOf(
        drawn.map((round) => samples[round] as TrustSample),
        0.99,
      );
    return bootstrap(base.length, (drawn) => p99(one, drawn) / p99(base, drawn));
  },
};

/** The median of the ratios of each round, and its interval. */
export const ratioOf = (values: readonly number[], base: readonly number[]): Estimate =>
  estimate(values.map((value, round) => value / (base[round] ?? NaN)));

/** The estimate as in `1.02 (0.98–1.05)`. */
export const intervalText = ({ median, low, high }: Estimate): string => `${figure(median, 2)} (${figure(low, 2)}–${figure(high, 2)})`;

/** The ratio of a way to "trusting", as text. */
export function toTrusting(ratios: readonly Ratio[], measure: Measure, workload: Workload, way: Way): string {
  const found = ratios.find(
    (ratio) => ratio.measure === measure && ratio.workload === workload && ratio.way === way && ratio.to === 'trusting',
  );
  return found ? intervalText(found.estimate) : '1';
}

/** What ours may cost, as a ratio to "trusting". */
const GOALS: readonly { readonly measure: Measure; readonly workload: Workload; readonly atMost: number }[] = [
  { measure: 'CPU', workload: 'nested', atMost: 1.03 },
  { measure: 'CPU', workload: 'vote', atMost: 1.05 },
  ...WORKLOADS.map((workload) => ({ measure: 'p99', workload, atMost: 1.05 }) as const),
];

/** The goals for ours, and whether the intervals show that it reaches them. */
export const goalTable = (ratios: readonly Ratio[]): Promise<string> =>
  table(
    ['goal for ours, ratio to trusting', 'measured', 'result'],
    GOALS.flatMap(({ measure, workload, atMost }) =>
      ratios
        .filter((ratio) => ratio.measure === measure && ratio.workload === workload && ratio.way === 'ours' && ratio.to === 'trusting')
        .map(({ estimate: measured }) => [
          `${measure} of ${workload}: at most ${figure(atMost, 2)}`,
          intervalText(measured),
          resultOf(measured, atMost),
        ]),
    ),
  );

function resultOf({ median, low, high }: Estimate, atMost: number): string {
  if (high <= atMost) return 'met';
  if (low > atMost) return '**missed**';
  return median <= atMost ? 'met, but not with 95 % confidence' : '**missed**, but not with 95 % confidence';
}

/** The ratios that show with 95 % confidence that ours costs more, a line for each pair of ways. */
export function losses(ratios: readonly Ratio[]): string {
  const pairs = Map.groupBy(
    ratios.filter(({ way }) => OWN.includes(way)),
    ({ way, to }) => `**${NAMES[way]}**, compared with _${NAMES[to]}_`,
  );
  const lines = [...pairs].map(([pair, ofPair]) => {
    const lost = ofPair
      .filter(({ estimate: { low } }) => low > 1)
      .map(({ measure, workload, estimate: ratio }) => {
        return `${measure} of ${workload} ${intervalText(ratio)}`;
      });
    return `- ${pair}: ${lost.length > 0 ? lost.join(', ') : 'in no figure'}.`;
  });
  return `Where ours loses with 95 % confidence, as ratios:\n\n${lines.join('\n')}`;
}
