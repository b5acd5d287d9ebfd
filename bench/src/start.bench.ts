import { SERVICES } from '@reputable/contracts';
import { startSystem, type System } from '@reputable/dev';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BARE, startBare } from './bare/bare.ts';
import { npmStart } from './npm-start.ts';
import type { BenchOptions } from './options.ts';
import { median } from './quantile.ts';
import { figure, table } from './table.ts';
import { usageOf } from './usage.ts';

/** The start of a process, in seconds. */
interface Start {
  readonly cpu: number;
  readonly untilReady: number;
}

/** Measures starts of a bare Nest service and of each service, in turn, each on a database that an earlier start has migrated. */
export async function run(options: BenchOptions): Promise<void> {
  console.log(await startTable(options));
}

/** The median of the starts of each service and of `npm start`, as a table. */
export async function startTable({ rounds = 3 }: BenchOptions): Promise<string> {
  const starts = await startsOf(rounds);
  const medianOf = (name: string, key: keyof Start) => median(starts.get(name)?.map((start) => start[key]) ?? []);
  const cells = (name: string, key: keyof Start) => [figure(medianOf(name, key), 2), figure(medianOf(name, key) / medianOf(BARE, key), 2)];
  const rows = [...starts.keys()].map((name) => [name, ...cells(name, 'cpu'), ...cells(name, 'untilReady')]);
  const whole = ['`npm start`', '', '', figure(median(await wholeStarts(rounds)), 2), ''];
  return table(['', 'CPU, s', 'ratio', 'until ready, s', 'ratio'], [...rows, whole]);
}

/** Starts a bare Nest service and each service in turn. */
async function startsOf(rounds: number): Promise<ReadonlyMap<string, readonly Start[]>> {
  const starts = new Map<string, Start[]>([BARE, ...SERVICES].map((name) => [name, []]));
  const system = await startSystem();
  try {
    // The services have started once, too, and Node has cached their compiled modules.
    await bareStart();
    for (let round = 0; round < rounds; round += 1) {
      starts.get(BARE)?.push(await bareStart());
      for (const name of SERVICES) starts.get(name)?.push(await restart(system, name));
    }
    return starts;
  } finally {
    await system.stop();
  }
}

/** The durations of `npm start` in a folder with the data of an earlier start, in seconds. */
async function wholeStarts(rounds: number): Promise<readonly number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'reputable-bench-'));
  try {
    await npmStart(folder);
    const seconds: number[] = [];
    while (seconds.length < rounds) seconds.push(await npmStart(folder));
    return seconds;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bareStart(): Promise<Start> {
  const began = performance.now();
  const bare = await startBare();
  const start = await startOf(bare, began);
  await bare.stop();
  return start;
}

async function restart(system: System, name: (typeof SERVICES)[number]): Promise<Start> {
  await system.kill(name, 'SIGTERM');
  const began = performance.now();
  await system.restart(name);
  return startOf(system.processes[name], began);
}

async function startOf({ pid = NaN }: { readonly pid: number | undefined }, began: number): Promise<Start> {
  const untilReady = (performance.now() - began) / 1000;
  return { cpu: (await usageOf(pid)).cpuMs / 1000, untilReady };
}
