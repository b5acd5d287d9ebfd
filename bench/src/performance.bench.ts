import { patiently } from '@reputable/cli';
import { withRegion } from '@reputable/docs/region';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { barChart } from './chart.ts';
import { type Comparison, compare } from './comparison.ts';
import { medians, memoryAfterLoadTable, PROCESSES, requestTable } from './floor.bench.ts';
import { describeMachine } from './machine.ts';
import { memoryTable } from './memory.bench.ts';
import type { BenchOptions } from './options.ts';
import { FEW } from './rows.ts';
import { CONNECTIONS } from './sample.ts';
import { startTable } from './start.bench.ts';
import { figure } from './table.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = 'docs/performance.md';
const CHART = 'docs/performance.svg';

/** Runs the benchmarks of the page docs/performance.md, and writes their results to it. */
export async function run(options: BenchOptions): Promise<void> {
  const { rounds = 5, seconds = 5 } = options;
  const machine = await describeMachine();
  const start = await patiently('Measuring starts', startTable(options));
  const memory = await patiently('Measuring memory', memoryTable(options));
  const [comparison] = await patiently('Comparing with the floor', compare([FEW], { rounds, seconds }));
  if (!comparison) return;
  const regions = {
    machine: `${machine}\n- **Load**: ${CONNECTIONS} connections; median of ${rounds} rounds of ${seconds} s`,
    requests: await requestTable(comparison),
    footprint: await memoryAfterLoadTable(comparison),
    ...{ start, memory },
  };
  let page = await readFile(join(ROOT, PAGE), 'utf8');
  for (const [name, text] of Object.entries(regions)) page = withRegion(PAGE, page, name, ['', text.trim(), '']);
  await writeFile(join(ROOT, PAGE), page);
  await writeFile(join(ROOT, CHART), await chartOf(comparison));
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
