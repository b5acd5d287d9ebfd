import { patiently } from '@reputable/cli';
import { barChart } from './bar-chart.ts';
import { type Comparison, compare } from './comparison.ts';
import { medians, memoryAfterLoadTable, PROCESSES, requestTable } from './floor.bench.ts';
import { describeMachine } from './machine.ts';
import { memoryTable } from './memory.bench.ts';
import type { BenchOptions } from './options.ts';
import { fillRegions, writeChart } from './page.ts';
import { profileTables } from './profile.bench.ts';
import { FEW } from './rows.ts';
import { CONNECTIONS } from './sample.ts';
import { startTable } from './start.bench.ts';
import { figure } from './table.ts';

const PAGE = 'docs/performance.md';
const CHART = 'docs/performance.svg';

/** Runs the benchmarks of the page docs/performance.md, and writes their results to it. */
export async function run(options: BenchOptions): Promise<void> {
  const { rounds = 5, seconds = 5 } = options;
  const machine = await describeMachine();
  const start = await patiently('Measuring starts', startTable(options));
  const memory = await patiently('Measuring memory', memoryTable(options));
  const [comparison] = await patiently('Comparing with the floor', compare([FEW], { rounds, seconds }));
  const profiles = await patiently('Profiling', profileTables(seconds * 2));
  if (!comparison) return;
  const regions = {
    machine: `${machine}\n- **Load**: ${CONNECTIONS} connections; median of ${rounds} rounds of ${seconds} s`,
    requests: await requestTable(comparison),
    footprint: await memoryAfterLoadTable(comparison),
    ...{ start, memory },
    'profile-flat': profiles.flat,
    'profile-nested': profiles.nested,
  };
  await fillRegions(PAGE, regions);
  await writeChart(CHART, await chartOf(comparison));
  console.log(`${PAGE} and ${CHART} are written.`);
}

/** The CPU time of a nested request, process by process. */
function chartOf(comparison: Comparison): Promise<string> {
  const bars = PROCESSES.flatMap((group) => {
    const { floor, reputable } = medians(comparison, 'nested', ({ cpuUs }) => cpuUs[group] ?? 0);
    return [
      { group, series: 'Reputable', value: reputable },
      { group, series: 'floor', value: floor },
    ];
  });
  return barChart({ title: 'CPU time of a nested request, µs', bars, format: figure });
}
