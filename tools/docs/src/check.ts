import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Excerpt, type Link, readPage } from './page.ts';

/** All Markdown files below a folder, without dependencies and output. */
export const markdownFiles = (root: string): string[] =>
  globSync('**/*.md', { cwd: root, exclude: ['**/node_modules/**', '.*/**', '**/dist/**', '**/coverage/**'] }).sort();

/**
 * The links of a Markdown file to lines that do not exist or have other code by now, quotations that differ from their file, and markers of a
 * merge conflict.
 */
export function faultsIn(root: string, file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const { links, excerpts } = readPage(text);
  return [
    ...conflictsIn(text).map((line) => [line, 'A merge conflict is not resolved.'] as const),
    ...links.map((link) => [link.line, faultInLink(root, file, link)] as const),
    ...excerpts.map((excerpt) => [excerpt.line, faultInExcerpt(root, excerpt)] as const),
  ].flatMap(([line, fault]) => (fault === undefined ? [] : [`${file}:${line}: ${fault}`]));
}

const conflictsIn = (text: string) => text.split('\n').flatMap((line, index) => (/^(<{7}|>{7}) /.test(line) ? [index + 1] : []));

function faultInLink(root: string, file: string, { label, target }: Link): string | undefined {
  const [path = '', anchor = ''] = target.split('#');
  const lines = linesOf(anchor);
  const found = join(root, dirname(file), path);
  // remark reports a file that does not exist.
  return lines && existsSync(found) ? faultInLines(found, lines, label, target) : undefined;
}

/** If the label of a link is code, the first line that it links to must contain that code. */
function faultInLines(found: string, [first, last]: readonly [number, number], label: string, target: string): string | undefined {
  const lines = readLines(found);
  if (first < 1 || last < first || last > lines.length) return `${target} has no such lines.`;
  const code = codeIn(label);
  return code === undefined || has(lines[first - 1] ?? '', code) ? undefined : `${target} does not contain ${code}.`;
}

/** The lines of an anchor like `L3` or `L3-L9`. */
export function linesOf(anchor: string): readonly [first: number, last: number] | undefined {
  const [, first, last = first] = /^L(\d+)(?:-L(\d+))?$/.exec(anchor) ?? [];
  return first === undefined ? undefined : [Number(first), Number(last)];
}

/** The code of a label that is code and nothing else. */
export const codeIn = (label: string): string | undefined => /^`([^`]+)`$/.exec(label)?.[1];

/** Whether a line contains this code, other than as part of a longer name. */
export function has(line: string, code: string): boolean {
  const isWord = (at: number) => /\w/.test(line.charAt(at));
  for (let at = line.indexOf(code); at >= 0; at = line.indexOf(code, at + 1)) {
    if (!isWord(at - 1) && !isWord(at + code.length)) return true;
  }
  return false;
}

/** The quoted lines must follow each other in the file. Indentation may differ. */
function faultInExcerpt(root: string, { file, code }: Excerpt): string | undefined {
  const path = join(root, file);
  if (!existsSync(path)) return `${file} is quoted and does not exist.`;
  const quoted = code.trim().split('\n').map(trimmed);
  const lines = readLines(path).map(trimmed);
  const isThere = lines.some((_, start) => quoted.every((line, offset) => lines[start + offset] === line));
  return isThere ? undefined : `${file} does not contain the quoted code.`;
}

const trimmed = (line: string) => line.trim();

/** The lines of a file. */
export const readLines = (path: string): string[] => readFileSync(path, 'utf8').replace(/\n$/, '').split('\n');
