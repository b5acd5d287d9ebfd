import { patiently } from '@reputable/cli';
import { barChart } from './bar-chart.ts';
import { writeClaim } from './claim-page.ts';
import { saveFigures } from './figures.ts';
import { estimate } from './interval.ts';
import type { BenchOptions } from './options.ts';
import { fillRegions } from './page.ts';
import { median } from './quantile.ts';
import { FEW, insert } from './rows.ts';
import { CONNECTIONS, cpuUsOf, POSTGRES, type Sample, sample, warmUp } from './sample.ts';
import { connections, type Side } from './side.ts';
import { undelivered } from './storm/check.ts';
import { figure, table } from './table.ts';
import { Hops } from './trust/hops.ts';
import { Insider } from './trust/insider.ts';
import { startTrustSystem, type TrustSystem } from './trust/trust-system.ts';
import { NAMES, WAYS, type Way } from './trust/way.ts';
import { WORKLOADS, type Workload, Workloads } from './trust/workload.ts';
import { writtenBy } from './usage.ts';

/** The default number of rounds: enough for an interval of 95 % confidence without the extremes. */
const ROUNDS = 9;

/** The default length of a round. */
const SECONDS = 1.5;

const WARM_UP_SECONDS = 2;

const CHART = 'the-claim';
const ALT = 'Bar chart of the CPU time of a request in each way. The tables below have the figures.';

/** One round of one request in one way. */
interface TrustSample extends Sample {
  readonly callsToAuth: number;
  /** What all processes wrote for a request, to each other, to PostgreSQL and to the client, in bytes. */
  readonly bytes: number;
}

/** The samples of the requests, and of the chains. */
interface Comparison {
  readonly requests: TrustSamples;
  readonly chains: ChainSamples;
}

/** The samples of each request in each way, by round. */
type TrustSamples = Readonly<Record<Workload, Readonly<Record<Way, readonly TrustSample[]>>>>;

/** The lengths of chains of services. */
const CHAINS = [1, 2, 4, 8] as const;

/** The calls of a block, for each hop. */
const CALLS = 800;

/** The CPU time of a call through a chain in each way by round, in microseconds, for each length of a chain. */
type ChainSamples = readonly (readonly [hops: number, Readonly<Record<Way, readonly number[]>>])[];

/** Compares the ways to trust, by the same requests to the same processes. */
export async function run({ rounds = ROUNDS, seconds = SECONDS, write = false }: BenchOptions): Promise<void> {
  const comparison = await patiently('Comparing the ways to trust', compareWays(rounds, seconds));
  const text = await wayTables(comparison);
  console.log(text);
  if (!write) return;
  const load = `${CONNECTIONS} connections; median of ${rounds} rounds of ${seconds} s, in turn`;
  await writeClaim({ region: 'ways', command: 'ways', load, text, charts: [{ name: CHART, alt: ALT, svg: await wayChart(comparison) }] });
  await fillRegions('README.md', { ways: `![${ALT}](docs/images/${CHART}.svg)\n\n${await ratioTable(comparison)}` });
  await saveFigures('ways', figuresOf(comparison));
}

/** The figures of ours for the model of larger systems. */
const figuresOf = ({ requests }: Comparison) => {
  const medians = (valueOf: (each: TrustSample) => number) =>
    Object.fromEntries(WORKLOADS.map((workload) => [workload, median(requests[workload].ours.map(valueOf))])) as Record<Workload, number>;
  return {
    cpuUs: Object.fromEntries(PROCESSES.map((name) => [name, medians(({ cpuUs }) => cpuUs[name] ?? 0)])),
    bytes: medians(({ bytes }) => bytes),
  };
};

/** A chart of the CPU time of a request in each way. */
const wayChart = ({ requests }: Comparison): Promise<string> =>
  barChart({
    title: 'CPU time of a request in all processes, µs',
    bars: WORKLOADS.flatMap((group) =>
      WAYS.map((way) => ({ group, series: NAMES[way], value: median(requests[group][way].map(cpuUsOf)) })),
    ),
    format: figure,
  });

/** The ratios of the CPU time to that of "trusting" alone: a request a row, a way a column. */
const ratioTable = ({ requests }: Comparison): Promise<string> =>
  table(
    ['CPU time, ratio to trusting', ...WAYS.map((way) => NAMES[way])],
    WORKLOADS.map((workload) => {
      const cpu = (way: Way) => requests[workload][way].map(cpuUsOf);
      return [workload, ...WAYS.map((way) => (way === 'trusting' ? '1' : ratioOf(cpu(way), cpu('trusting'))))];
    }),
  );

/** A table for each request, and one of the chains. */
async function wayTables({ requests, chains }: Comparison): Promise<string> {
  const tables = [...WORKLOADS.map((workload) => wayTable(workload, requests)), chainTable(chains)];
  return (await Promise.all(tables)).join('\n');
}

/** Measures all ways and requests in turn. The order of the ways changes each round. */
async function compareWays(rounds: number, seconds: number): Promise<Comparison> {
  const system = await startTrustSystem();
  try {
    await insert(system, FEW);
    const workloads = await Workloads.prepare(system);
    const samples = Object.fromEntries(WORKLOADS.map((name) => [name, Object.fromEntries(WAYS.map((way) => [way, [] as TrustSample[]]))]));
    for (let round = -1; round < rounds; round += 1) {
      await workloads.refresh();
      for (const workload of WORKLOADS) {
        for (const way of rotated(WAYS, round)) {
          const measured = await measure({ system, workloads }, workload, way, round < 0 ? WARM_UP_SECONDS : seconds);
          if (round >= 0) samples[workload]?.[way]?.push(measured);
        }
      }
    }
    return { requests: samples as unknown as TrustSamples, chains: await compareChains({ system, workloads }, rounds) };
  } finally {
    await system.stop();
  }
}

async function compareChains({ system, workloads }: Subject, rounds: number): Promise<ChainSamples> {
  const [person] = workloads.people;
  if (!person) return [];
  const [hops, insider] = [await Hops.start(system), await Insider.open(system, 'gateway')];
  try {
    const samples = CHAINS.map((length) => [length, Object.fromEntries(WAYS.map((way) => [way, [] as number[]]))] as const);
    await person.refresh();
    for (let round = -1; round < rounds; round += 1) {
      for (const [length, ofLength] of samples) {
        for (const way of rotated(WAYS, round)) {
          const measured = await hops.measure(await insider.seen(way, person), length, CALLS / length);
          if (round >= 0) ofLength[way]?.push(measured);
        }
      }
    }
    return samples as unknown as ChainSamples;
  } finally {
    hops.stop();
  }
}

/** What is measured. */
interface Subject {
  readonly system: TrustSystem;
  readonly workloads: Workloads;
}

async function measure({ system, workloads }: Subject, workload: Workload, way: Way, seconds: number): Promise<TrustSample> {
  const side: Side<Workload> = {
    request: (name) => workloads.request(name),
    processes: system.processes,
    connections: () => connections(system),
    settled: () => undelivered(system),
  };
  await system.use(way);
  await warmUp(side, workload);
  const pids = Object.values(system.processes).map(({ pid = NaN }) => pid);
  const before = { calls: await system.callsToAuth(), bytes: await writtenBy(pids) };
  const measured = await sample(side, workload, seconds);
  const requests = measured.requests;
  return {
    ...measured,
    callsToAuth: ((await system.callsToAuth()) - before.calls) / requests,
    bytes: ((await writtenBy(pids)) - before.bytes) / requests,
  };
}

const rotated = <T>(items: readonly T[], by: number): readonly T[] => items.map((_, index) => items[(index + by + 1) % items.length] as T);

const PROCESSES = ['gateway', 'post', 'comment', 'user', 'auth', POSTGRES];

/** The figures of a request, a column for each way, and the ratios to "trusting" with their intervals. */
async function wayTable(workload: Workload, all: TrustSamples): Promise<string> {
  const samples = all[workload];
  const row = (name: string, valueOf: (each: TrustSample) => number, decimals = 0) => [
    name,
    ...WAYS.map((way) => figure(median(samples[way].map(valueOf)), decimals)),
  ];
  const ratios = (name: string, valueOf: (each: TrustSample) => number) => [
    `ratio of ${name}`,
    ...WAYS.map((way) => (way === 'trusting' ? '1' : ratioOf(samples[way].map(valueOf), samples.trusting.map(valueOf)))),
  ];
  return table(
    [workload, ...WAYS.map((way) => NAMES[way])],
    [
      row('requests/s', ({ requestsPerSecond }) => requestsPerSecond),
      row('p50, ms', ({ p50Ms }) => p50Ms),
      row('p99, ms', ({ p99Ms }) => p99Ms),
      row('CPU a request, µs', cpuUsOf),
      ...PROCESSES.map((name) => row(`– ${name}`, ({ cpuUs }) => cpuUs[name] ?? NaN)),
      row('calls to auth a request', ({ callsToAuth }) => callsToAuth, 2),
      row('bytes written a request', ({ bytes }) => bytes),
      ratios('CPU', cpuUsOf),
      ratios('p99', ({ p99Ms }) => p99Ms),
    ],
  );
}

/** The median of the ratios of each round, and its interval. */
function ratioOf(values: readonly number[], base: readonly number[]): string {
  const { median: middle, low, high } = estimate(values.map((value, round) => value / (base[round] ?? NaN)));
  return `${figure(middle, 2)} (${figure(low, 2)}–${figure(high, 2)})`;
}

/** The CPU time of a call through chains of services, a column for each way. */
const chainTable = (chains: ChainSamples): Promise<string> =>
  table(
    ['chain, CPU µs a call', ...WAYS.map((way) => NAMES[way]), 'ours to trusting', 'Transaction Tokens to trusting'],
    chains.map(([length, samples]) => [
      length === 1 ? '1 hop' : `${length} hops`,
      ...WAYS.map((way) => figure(median(samples[way]))),
      ...(['ours', 'txn'] as const).map((way) => ratioOf(samples[way], samples.trusting)),
    ]),
  );
