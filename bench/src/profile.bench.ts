import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Pair, withBothSides } from './comparison.ts';
import { type Span, sharesOf } from './cpu-profile.ts';
import type { Listing } from './listing.ts';
import type { BenchOptions } from './options.ts';
import { FEW, insert } from './rows.ts';
import { sample, warmUp } from './sample.ts';
import type { Side } from './side.ts';
import { figure, table } from './table.ts';

/** The processes that do the most for each query. */
const PROFILED: Readonly<Record<Listing, readonly string[]>> = { flat: ['gateway', 'post'], nested: ['gateway', 'comment'] };

/** Parts that cost less on both sides are one row, in microseconds a request. */
const LEAST_US = 3;

/** The time between two samples of the profiler, in microseconds. */
const INTERVAL_US = 1_000;

/** One side under load, and when that was. */
interface Measured {
  readonly span: Span;
  readonly cpuUs: Readonly<Record<string, number>>;
  readonly pids: Readonly<Record<string, number>>;
}

/** Shows in which packages the CPU time of a request goes, beside the floor. The profiler itself costs some of it. */
export async function run({ seconds = 10 }: BenchOptions): Promise<void> {
  for (const [listing, text] of Object.entries(await profileTables(seconds))) console.log(`The ${listing} query:\n\n${text}`);
}

/** A table for each query: the CPU time of a request by package, of the processes that do the most for it. */
export async function profileTables(seconds: number): Promise<Record<Listing, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'reputable-profiles-'));
  try {
    const measured = await underLoad(seconds, ['--cpu-prof', `--cpu-prof-interval=${String(INTERVAL_US)}`, `--cpu-prof-dir=${folder}`]);
    const files = await readdir(folder);
    const fileOf = (pid = NaN) => join(folder, files.find((file) => file.split('.')[3] === String(pid)) ?? '');
    const partsOf = async ({ span, cpuUs, pids }: Measured, name: string): Promise<ReadonlyMap<string, number>> => {
      const shares = await sharesOf(fileOf(pids[name]), span);
      return new Map([...shares].map(([part, share]) => [part, share * (cpuUs[name] ?? NaN)]));
    };
    const tableOf = async (listing: Listing) => {
      const { floor, reputable } = measured[listing];
      const rows = PROFILED[listing].map(async (name) => rowsOf(name, await partsOf(floor, name), await partsOf(reputable, name)));
      return table(['CPU a request, µs', 'floor', 'Reputable', 'more'], (await Promise.all(rows)).flat());
    };
    return { flat: await tableOf('flat'), nested: await tableOf('nested') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Puts both sides under the load of each query, in turn. The profiles are written when the processes have ended. */
const underLoad = (seconds: number, nodeOptions: readonly string[]): Promise<Record<Listing, Pair<Measured>>> =>
  withBothSides(nodeOptions, async ({ floor, reputable }, system) => {
    await insert(system, FEW);
    const pairOf = async (listing: Listing) => ({
      floor: await measure(floor, listing, seconds),
      reputable: await measure(reputable, listing, seconds),
    });
    return { flat: await pairOf('flat'), nested: await pairOf('nested') };
  });

async function measure(side: Side, listing: Listing, seconds: number): Promise<Measured> {
  await warmUp(side, listing);
  await sample(side, listing, { duration: seconds / 2 });
  const from = now();
  const { cpuUs } = await sample(side, listing, { duration: seconds });
  const pids = Object.fromEntries(Object.entries(side.processes).map(([name, { pid = NaN }]) => [name, pid]));
  return { span: { from, to: now() }, cpuUs, pids };
}

/** The monotonic clock, which the profiler uses too, in microseconds. */
const now = () => Number(process.hrtime.bigint() / 1000n);

function rowsOf(name: string, floor: ReadonlyMap<string, number>, reputable: ReadonlyMap<string, number>): string[][] {
  const parts = [...new Set([...floor.keys(), ...reputable.keys()])].map((part) => ({
    part,
    floor: floor.get(part) ?? 0,
    reputable: reputable.get(part) ?? 0,
  }));
  const isLarge = (each: Pair<number>) => Math.max(each.floor, each.reputable) >= LEAST_US;
  const small = parts.filter((each) => !isLarge(each));
  const rows = [
    ...parts.filter(isLarge).sort((a, b) => b.reputable - b.floor - (a.reputable - a.floor)),
    { part: 'everything else', floor: sum(small.map((each) => each.floor)), reputable: sum(small.map((each) => each.reputable)) },
  ];
  const all = { part: `**${name}**`, floor: sum(floor.values()), reputable: sum(reputable.values()) };
  return [all, ...rows].map((row) => [row.part, figure(row.floor), figure(row.reputable), figure(row.reputable - row.floor)]);
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, each) => total + each, 0);
