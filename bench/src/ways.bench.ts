import { patiently } from '@reputable/cli';
import { barChart } from './bar-chart.ts';
import { writeClaim } from './claim-page.ts';
import { appendRun, saveFigures } from './figures.ts';
import type { BenchOptions } from './options.ts';
import { fillRegions } from './page.ts';
import { median } from './quantile.ts';
import { CONNECTIONS, cpuUsOf, latencyOf, POSTGRES } from './sample.ts';
import { figure, table } from './table.ts';
import { type ChainSamples, type Comparison, compareWays, type TrustSample, type TrustSamples } from './trust/comparison.ts';
import { goalTable, intervalText, losses, MEASURES, type Ratio, ratioOf, ratiosOf, toTrusting } from './trust/ratios.ts';
import { runTable } from './trust/runs.ts';
import { NAMES, WAYS, type Way } from './trust/way.ts';
import { WORKLOADS, type Workload } from './trust/workload.ts';

/** The default number of rounds: enough for an interval of 95 % confidence without the two lowest and the two highest. */
const ROUNDS = 12;

/** The default length of a round. Many short rounds are better than few long ones: a change of the machine's speed affects all ways. */
const SECONDS = 0.4;

const CHART = 'the-claim';
const ALT = 'Bar chart of the CPU time of a request in each way. The tables below have the figures.';

const PROCESSES = ['gateway', 'post', 'comment', 'user', 'auth', POSTGRES];

/** Compares the ways to trust, by the same requests to the same processes. */
export async function run({ rounds = ROUNDS, seconds = SECONDS, write = false }: BenchOptions): Promise<void> {
  const comparison = await patiently('Comparing the ways to trust', compareWays(rounds, seconds));
  const ratios = ratiosOf(comparison.requests);
  const text = await claimText(comparison, ratios);
  console.log(text);
  if (!write) return;
  const load = `${CONNECTIONS} connections; ${rounds} rounds of about ${seconds} s, in turn`;
  const runs = await appendRun(ratios.filter(({ to }) => to === 'trusting'));
  await writeClaim({ region: 'ways', command: 'ways', load, text, charts: [{ name: CHART, alt: ALT, svg: await wayChart(comparison) }] });
  await fillRegions('docs/the-claim.md', { runs: await runTable(runs) });
  await fillRegions('README.md', { ways: `![${ALT}](docs/images/${CHART}.svg)\n\n${await ratioTable(ratios)}` });
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
const ratioTable = (ratios: readonly Ratio[]): Promise<string> =>
  table(
    ['CPU time, ratio to trusting', ...WAYS.map((way) => NAMES[way])],
    WORKLOADS.map((workload) => [workload, ...WAYS.map((way) => toTrusting(ratios, 'CPU', workload, way))]),
  );

/** The goals, a table for each request, one of the chains, and where ours loses. */
async function claimText({ requests, chains }: Comparison, ratios: readonly Ratio[]): Promise<string> {
  const tables = [goalTable(ratios), ...WORKLOADS.map((workload) => wayTable(workload, requests, ratios)), chainTable(chains)];
  return `${(await Promise.all(tables)).join('\n')}\n${losses(ratios)}`;
}

/** The figures of a request, a column for each way, and the ratios to "trusting" with their intervals. */
async function wayTable(workload: Workload, all: TrustSamples, ratios: readonly Ratio[]): Promise<string> {
  const samples = all[workload];
  const row = (name: string, valueOf: (each: TrustSample) => number, decimals = 0) => [
    name,
    ...WAYS.map((way) => figure(median(samples[way].map(valueOf)), decimals)),
  ];
  return table(
    [workload, ...WAYS.map((way) => NAMES[way])],
    [
      row('requests/s', ({ requestsPerSecond }) => requestsPerSecond),
      ...[0.5, 0.99].map((part) => [`p${part * 100}, ms`, ...WAYS.map((way) => figure(latencyOf(samples[way], part)))]),
      row('CPU a request, µs', cpuUsOf),
      ...PROCESSES.map((name) => row(`– ${name}`, ({ cpuUs }) => cpuUs[name] ?? NaN)),
      row('calls to auth a request', ({ callsToAuth }) => callsToAuth, 2),
      row('bytes written a request', ({ bytes }) => bytes),
      ...MEASURES.map((measure) => [`ratio of ${measure}`, ...WAYS.map((way) => toTrusting(ratios, measure, workload, way))]),
    ],
  );
}

/** The CPU time of a call through chains of services, a column for each way. */
const chainTable = (chains: ChainSamples): Promise<string> =>
  table(
    ['chain, CPU µs a call', ...WAYS.map((way) => NAMES[way]), 'ours to trusting', 'Transaction Tokens to trusting'],
    chains.map(([length, samples]) => [
      length === 1 ? '1 hop' : `${length} hops`,
      ...WAYS.map((way) => figure(median(samples[way]))),
      ...(['ours', 'txn'] as const).map((way: Way) => intervalText(ratioOf(samples[way], samples.trusting))),
    ]),
  );
