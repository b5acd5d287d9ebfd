import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codeIn, has, linesOf, readLines } from './check.ts';
import { readPage } from './page.ts';

/** Updates line links whose label is code: to the line with that code that is nearest to the old line. */
export function reanchor(root: string, file: string): void {
  const path = join(root, file);
  let text = readFileSync(path, 'utf8');
  for (const { label, target } of readPage(text).links) {
    const [place = '', anchor = ''] = target.split('#');
    const lines = linesOf(anchor);
    const code = codeIn(label);
    const found = join(root, dirname(file), place);
    if (!lines || code === undefined || !existsSync(found)) continue;
    const [first, last] = lines;
    const now = nearest(readLines(found), code, first);
    if (now === undefined) continue;
    const end = last > first ? `-L${now + last - first}` : '';
    text = text.replaceAll(`[${label}](${target})`, `[${label}](${place}#L${now}${end})`);
  }
  writeFileSync(path, text);
}

function nearest(lines: readonly string[], code: string, to: number): number | undefined {
  const all = lines.flatMap((line, index) => (has(line, code) ? [index + 1] : []));
  return all.sort((a, b) => Math.abs(a - to) - Math.abs(b - to))[0];
}
