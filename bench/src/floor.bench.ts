import { type Comparison, compare, type Pair } from './comparison.ts';
import type { Listing } from './listing.ts';
import type { BenchOptions } from './options.ts';
import { median, quantile } from './quantile.ts';
import { FEW, olderRows } from './rows.ts';
import { cpuUsOf, POSTGRES, type Sample } from './sample.ts';
import { ratioCells, table } from './table.ts';

/** The processes that do the work of a request, in its order. */
export const PROCESSES: readonly string[] = ['gateway', 'post', 'comment', 'user', 'auth', POSTGRES];

const LISTINGS = ['flat', 'nested'] as const;

/** Compares Reputable with the floor; with `posts`, both also with themselves on that many more posts. */
export async function run({ rounds = 5, seconds = 5, posts }: BenchOptions): Promise<void> {
  const [few, many] = await compare(posts === undefined ? [FEW] : [FEW, olderRows(posts)], { rounds, seconds });
  if (few) console.log(`${await requestTable(few)}\n${await memoryAfterLoadTable(few)}`);
  if (few && many) console.log(await growthTable(few, many));
}

/** Requests per second, latency and CPU time. */
export async function requestTable(comparison: Comparison): Promise<string> {
  const row = (name: string, valueOf: (sample: Sample) => number) => [
    name,
    ...LISTINGS.flatMap((listing) => {
      const { floor, reputable } = medians(comparison, listing, valueOf);
      return ratioCells(floor, reputable);
    }),
  ];
  return table(
    ['', ...LISTINGS.flatMap((listing) => [`${listing}: floor`, 'Reputable', 'ratio'])],
    [
      row('requests/s', ({ requestsPerSecond }) => requestsPerSecond),
      row('p99, ms', ({ latenciesMs }) => quantile(latenciesMs, 0.99)),
      row('CPU a request, µs', cpuUsOf),
      ...PROCESSES.map((name) => row(`– ${name}`, ({ cpuUs }) => cpuUs[name] ?? NaN)),
    ],
  );
}

/** The memory of each process after the load. */
export const memoryAfterLoadTable = ({ memoryMb: { floor, reputable } }: Comparison): Promise<string> =>
  table(
    ['memory after the load, MB', 'floor', 'Reputable', 'ratio'],
    Object.keys(floor).map((name) => [name, ...ratioCells(floor[name] ?? NaN, reputable[name] ?? NaN)]),
  );

/** The CPU time of a request with few posts and with many. */
const growthTable = (few: Comparison, many: Comparison): Promise<string> =>
  table(
    ['CPU a request, µs', 'few posts', 'many', 'ratio'],
    (['floor', 'reputable'] as const).flatMap((side) =>
      LISTINGS.map((listing) => [
        `${side}, ${listing}`,
        ...ratioCells(medians(few, listing, cpuUsOf)[side], medians(many, listing, cpuUsOf)[side]),
      ]),
    ),
  );

/** The median of the rounds on each side. */
export function medians({ samples }: Comparison, listing: Listing, valueOf: (sample: Sample) => number): Pair<number> {
  return {
    floor: median(samples[listing].map(({ floor }) => valueOf(floor))),
    reputable: median(samples[listing].map(({ reputable }) => valueOf(reputable))),
  };
}
