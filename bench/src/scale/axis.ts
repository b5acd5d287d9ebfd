import { median } from '../quantile.ts';
import { amountOf, type Extent, type Sample, sample, warmUp } from '../sample.ts';
import type { Side } from '../side.ts';
import type { ByProcess } from '../figures.ts';

/** The default load before the measurement, in seconds. */
const WARM_UP_S = 4;

/** How long a size is measured. */
export interface Duration {
  readonly rounds: number;
  /** The approximate length of a round. */
  readonly seconds: number;
  /** The load of each request before it is measured, in seconds. Default: longer than V8 takes to compile what a process runs often. */
  readonly warmUpSeconds?: number;
}

/** The cost at one size. */
export interface Point {
  readonly size: string;
  /** The CPU time of a request by process, in microseconds, by the name of the request. */
  readonly cpuUs: Readonly<Record<string, ByProcess>>;
}

/** A quantity that grows, and the cost at each size. */
export interface Axis {
  readonly points: readonly Point[];
  /** What was measured besides: the name, and the figure with its unit. */
  readonly further: readonly (readonly [name: string, figure: string])[];
}

/** The CPU time of each request of a side, the median of some rounds. */
export async function cpuAt<Name extends string>(
  side: Side<Name>,
  names: readonly Name[],
  { rounds, seconds, warmUpSeconds = WARM_UP_S }: Duration,
) {
  const samples = new Map<Name, Sample[]>();
  const extents = new Map<Name, Extent>();
  for (const name of names) {
    await warmUp(side, name);
    extents.set(name, amountOf(await sample(side, name, { duration: warmUpSeconds }), seconds));
    samples.set(name, []);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, extent] of extents) samples.get(name)?.push(await sample(side, name, extent));
  }
  return Object.fromEntries([...samples].map(([name, ofName]) => [name, medians(ofName)]));
}

/** The median of each process. */
function medians(samples: readonly Sample[]): ByProcess {
  const names = new Set(samples.flatMap(({ cpuUs }) => Object.keys(cpuUs)));
  return Object.fromEntries([...names].map((name) => [name, median(samples.map(({ cpuUs }) => cpuUs[name] ?? 0))]));
}
