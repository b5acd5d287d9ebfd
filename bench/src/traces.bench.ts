import { registry } from '@reputable/contracts/registry';
import { Person, startSystem, type System } from '@reputable/dev';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describeMachine } from './machine.ts';
import type { BenchOptions } from './options.ts';
import { fillRegions } from './page.ts';
import { median } from './quantile.ts';
import { FEW, insert } from './rows.ts';
import { cpuUsOf, sample, warmUp } from './sample.ts';
import { reputableSide, type Side } from './side.ts';
import { startCollector } from './spans.ts';
import { figure, table } from './table.ts';
import { compareTwo } from './unary-load.ts';

/** The shares of the traces that are sampled. */
const SHARES = [
  [0, 'none'],
  [0.1, 'every tenth'],
  [1, 'all'],
] as const;

const PAGE = 'docs/observability.md';

const SWITCH = pathToFileURL(`${import.meta.dirname}/trace-switch.js`).href;

/** The time until each service has received its signal, in milliseconds. */
const SWITCH_MS = 200;

/**
 * Measures the cost of spans: in a unary call with a cached token, and in a query that all services answer together. The collector runs in the process of the
 * benchmark, so its CPU time does not count; PostgreSQL's does. No metrics are exported.
 */
export async function run({ rounds = 20, seconds = 2, write = false }: BenchOptions): Promise<void> {
  const none = { name: 'no OpenTelemetry SDK', mtls: true, checks: true };
  const unary: number[] = [];
  for (const [share, name] of SHARES) unary.push(await compareTwo(none, { ...none, name: `sampled traces: ${name}`, spans: true }, share));
  const queries: Pair[][] = [];
  for (const [share] of SHARES) queries.push(await compareQueries(share, { rounds, seconds }));
  console.log(
    await table(
      ['nested query, CPU µs', 'no SDK', 'with it', 'ratio'],
      SHARES.map(([, name], index) => [`sampled traces: ${name}`, ...cellsOf(queries[index] ?? [])]),
    ),
  );
  if (!write) return;
  const rows = SHARES.map(([, name], index) => [name, figure(unary[index] ?? NaN, 3), figure(ratioOf(queries[index] ?? []), 3)]);
  const ratios = await table(['sampled traces', 'unary call', 'nested query'], rows);
  await fillRegions(PAGE, { traces: `${await describeMachine()}\n\n${ratios}` });
  console.log(`${PAGE} is written.`);
}

/** The CPU time of a query without an SDK, and with it, in neighbouring rounds. */
type Pair = readonly [number, number];

/** Measures the nested query in one system. Its services switch their SDKs off and on again in each round. */
async function compareQueries(share: number, { rounds, seconds }: Required<Pick<BenchOptions, 'rounds' | 'seconds'>>): Promise<Pair[]> {
  const collector = await startCollector();
  const nodeOptions = Object.fromEntries(registry.map(({ name }) => [name, ['--import', SWITCH]]));
  const system = await startSystem({ env: { all: exportEnv(collector.url, share) }, nodeOptions });
  try {
    await insert(system, FEW);
    const side = reputableSide(system, await Person.join(system, 'Reader'));
    await warmUp(side, 'nested');
    const pairs: Pair[] = [];
    // The first rounds warm up.
    for (let round = -2; round < rounds; round += 1) {
      const pair = await measure(system, side, { seconds, isFirst: round % 2 === 0 });
      if (round >= 0) pairs.push(pair);
    }
    return pairs;
  } finally {
    await system.stop();
    collector.stop();
  }
}

/** Measures one round. The order alternates. */
async function measure(system: System, side: Side, { seconds, isFirst }: { seconds: number; isFirst: boolean }): Promise<Pair> {
  const cpu = { off: NaN, on: NaN };
  for (const state of isFirst ? (['on', 'off'] as const) : (['off', 'on'] as const)) {
    await switchTo(state, system);
    cpu[state] = cpuUsOf(await sample(side, 'nested', { duration: seconds }));
  }
  return [cpu.off, cpu.on];
}

async function switchTo(state: 'off' | 'on', { processes }: System): Promise<void> {
  for (const { pid } of Object.values(processes)) if (pid !== undefined) process.kill(pid, state === 'off' ? 'SIGUSR2' : 'SIGWINCH');
  await setTimeout(SWITCH_MS);
}

const exportEnv = (url: string, share: number) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: String(share),
});

/** Both medians, and the median of the ratios of neighbouring rounds. */
const cellsOf = (pairs: readonly Pair[]): string[] => [
  figure(median(pairs.map(([off]) => off))),
  figure(median(pairs.map(([, on]) => on))),
  figure(ratioOf(pairs), 3),
];

/** The median of the ratios of neighbouring rounds. */
const ratioOf = (pairs: readonly Pair[]): number => median(pairs.map(([off, on]) => on / off));
