import { withRegion } from '@reputable/docs/region';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeMachine } from '../machine.ts';
import { figure, table } from '../table.ts';
import type { Report } from './report.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PAGE = 'docs/reliability.md';

/** Writes the figures of a storm to its region of docs/reliability.md. */
export async function writeFigures(name: string, seed: number, { rows }: Report): Promise<void> {
  const page = await readFile(join(ROOT, PAGE), 'utf8');
  const cells = rows.map(([label, value]) => [label, typeof value === 'number' ? figure(value) : value]);
  const text = `${await describeMachine()}\n- **Seed**: ${String(seed)}\n\n${(await table(['', ''], cells)).trim()}`;
  await writeFile(join(ROOT, PAGE), withRegion(PAGE, page, name, ['', text, '']));
  console.log(`${PAGE} is written.`);
}
