import { Person, startSystem, type System } from '@reputable/dev';
import type { BenchOptions } from './options.ts';
import { median } from './quantile.ts';
import { FEW, insert } from './rows.ts';
import { cpuUsOf, sample, warmUp } from './sample.ts';
import { reputableSide, type Side } from './side.ts';
import { startCollector } from './spans.ts';
import { ratioCells, table } from './table.ts';
import { compareTwo } from './unary-load.ts';

/** The shares of the traces that are sampled. */
const SHARES = [
  [0, 'none'],
  [0.1, 'every tenth'],
  [1, 'all'],
] as const;

/** Measures the cost of spans: in a unary call with a cached token, and in a query that all services answer together. */
export async function run({ rounds = 5, seconds = 4 }: BenchOptions): Promise<void> {
  const none = { name: 'no OpenTelemetry SDK', mtls: true, checks: true };
  for (const [share, name] of SHARES) await compareTwo(none, { ...none, name: `sampled traces: ${name}`, spans: true }, share);
  console.log(await compareSystems({ rounds, seconds }));
}

/** The CPU time of the nested query, in systems that differ in the share of the traces that they sample. Their rounds alternate. */
async function compareSystems({ rounds, seconds }: Required<Pick<BenchOptions, 'rounds' | 'seconds'>>): Promise<string> {
  const collector = await startCollector();
  const systems: System[] = [];
  try {
    const sides: [string, Side][] = [];
    for (const [share, name] of [[undefined, 'no OpenTelemetry SDK'], ...SHARES] as const) {
      const system = await startSystem({ env: { all: share === undefined ? {} : exportEnv(collector.url, share) } });
      systems.push(system);
      await insert(system, FEW);
      const side = reputableSide(system, await Person.join(system, 'Reader'));
      await warmUp(side, 'nested');
      sides.push([name, side]);
    }
    const samples = new Map(sides.map(([name]) => [name, [] as number[]]));
    for (let round = -1; round < rounds; round += 1)
      for (const [name, side] of round % 2 ? sides : sides.toReversed()) {
        const cpu = cpuUsOf(await sample(side, 'nested', seconds));
        if (round >= 0) samples.get(name)?.push(cpu);
      }
    return await report(samples);
  } finally {
    for (const system of systems) await system.stop();
    collector.stop();
  }
}

const exportEnv = (url: string, share: number) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: String(share),
});

function report(samples: ReadonlyMap<string, readonly number[]>): Promise<string> {
  const [[, first] = ['', []]] = samples;
  return table(
    ['nested query, CPU µs', 'no SDK', 'with it', 'ratio'],
    [...samples].slice(1).map(([name, each]) => [`sampled traces: ${name}`, ...ratioCells(median(first), median(each))]),
  );
}
