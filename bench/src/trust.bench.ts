import { patiently } from '@reputable/cli';
import { withRegion } from '@reputable/docs/region';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeMachine } from './machine.ts';
import type { BenchOptions } from './options.ts';
import { signatureTables } from './signatures.bench.ts';
import { attackWays, safetyTable } from './ways-safety.bench.ts';
import { compareWays, ratioTable, ROUNDS, SECONDS, wayChart, wayTables } from './ways.bench.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = 'docs/the-claim.md';
const CHART = 'docs/the-claim.svg';
const README = 'README.md';

/** Runs the benchmarks of the page docs/the-claim.md, and writes their results to it and to README.md. */
export async function run({ rounds = ROUNDS, seconds = SECONDS }: BenchOptions): Promise<void> {
  const machine = await describeMachine();
  const outcomes = await patiently('Attacking the ways to trust', attackWays());
  const comparison = await patiently('Comparing the ways to trust', compareWays(rounds, seconds));
  const regions = {
    machine: `${machine}\n- **Load**: 20 connections; median of ${rounds} rounds of ${seconds} s, in turn`,
    ways: await wayTables(comparison),
    safety: await safetyTable(outcomes),
    signatures: await signatureTables(rounds),
  };
  await fill(PAGE, regions);
  await fill(README, { ways: await ratioTable(comparison) });
  await writeFile(join(ROOT, CHART), await wayChart(comparison));
  console.log(`${PAGE}, ${CHART} and the table in ${README} are written.`);
}

/** Replaces the generated regions of a page. */
async function fill(page: string, regions: Readonly<Record<string, string>>): Promise<void> {
  let text = await readFile(join(ROOT, page), 'utf8');
  for (const [name, table] of Object.entries(regions)) text = withRegion(page, text, name, ['', table.trim(), '']);
  await writeFile(join(ROOT, page), text);
}
