import { patiently } from '@reputable/cli';
import { withRegion } from '@reputable/docs/region';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeMachine } from './machine.ts';
import type { BenchOptions } from './options.ts';
import { signatureTables } from './signatures.bench.ts';
import { attackWays, safetyTable } from './ways-safety.bench.ts';
import { compareWays, ROUNDS, SECONDS, wayChart, wayTables } from './ways.bench.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = 'docs/the-claim.md';
const CHART = 'docs/the-claim.svg';

/** Runs the benchmarks of the page docs/the-claim.md, and writes their results to it. */
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
  let page = await readFile(join(ROOT, PAGE), 'utf8');
  for (const [name, text] of Object.entries(regions)) page = withRegion(PAGE, page, name, ['', text.trim(), '']);
  await writeFile(join(ROOT, PAGE), page);
  await writeFile(join(ROOT, CHART), await wayChart(comparison));
  console.log(`${PAGE} and ${CHART} are written.`);
}
