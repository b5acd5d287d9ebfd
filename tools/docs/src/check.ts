import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { type Excerpt, type Link, type Page, readPage } from './page.ts';

/** All Markdown files below a folder, but those that others wrote or programs left. */
export const markdownFiles = (root: string): string[] =>
  globSync('**/*.md', { cwd: root, exclude: ['**/node_modules/**', '.*/**', '**/dist/**', '**/coverage/**'] }).sort();

/** What is wrong with a Markdown file: links that lead nowhere, lines that are elsewhere by now, code that is quoted and not there. */
export function faultsIn(root: string, file: string): string[] {
  const page = pageAt(join(root, file));
  return [
    ...page.links.map((link) => [link.line, faultInLink(root, file, page, link)] as const),
    ...page.excerpts.map((excerpt) => [excerpt.line, faultInExcerpt(root, excerpt)] as const),
  ].flatMap(([line, fault]) => (fault === undefined ? [] : [`${file}:${line}: ${fault}`]));
}

function faultInLink(root: string, file: string, page: Page, { label, target }: Link): string | undefined {
  if (/^[a-z]+:/i.test(target)) return undefined;
  const [path = '', anchor] = target.split('#');
  const found = path === '' ? join(root, file) : resolve(root, dirname(file), decodeURI(path));
  if (relative(root, found).startsWith('..')) return `${target} is outside of the repository.`;
  if (!existsSync(found)) return `${target} does not exist.`;
  if (anchor === undefined) return undefined;
  const lines = linesOf(anchor);
  if (lines) return faultInLines(found, lines, label, target);
  if (statSync(found).isDirectory() || !found.endsWith('.md')) return `${target} has an anchor that is no line.`;
  const { anchors } = path === '' ? page : pageAt(found);
  return anchors.has(anchor) ? undefined : `${target} has no such heading.`;
}

/** Code moves. Where the label of a link is code, the first line it leads to must have it. */
function faultInLines(found: string, [first, last]: readonly [number, number], label: string, target: string): string | undefined {
  const lines = readLines(found);
  if (first < 1 || last < first || last > lines.length) return `${target} has no such lines.`;
  const code = codeIn(label);
  return code === undefined || has(lines[first - 1] ?? '', code) ? undefined : `${target} does not begin with ${code}.`;
}

/** The lines of an anchor like `L3` or `L3-L9`. */
export function linesOf(anchor: string): readonly [first: number, last: number] | undefined {
  const [, first, last = first] = /^L(\d+)(?:-L(\d+))?$/.exec(anchor) ?? [];
  return first === undefined ? undefined : [Number(first), Number(last)];
}

/** What a label that is code, and nothing else, says. */
export const codeIn = (label: string): string | undefined => /^`([^`]+)`$/.exec(label)?.[1];

/** Whether a line has this code, and not as a part of a longer name. */
export function has(line: string, code: string): boolean {
  const isWord = (at: number) => /\w/.test(line.charAt(at));
  for (let at = line.indexOf(code); at >= 0; at = line.indexOf(code, at + 1)) {
    if (!isWord(at - 1) && !isWord(at + code.length)) return true;
  }
  return false;
}

/** Its lines must follow each other in the file like this, however far they are indented. */
function faultInExcerpt(root: string, { file, code }: Excerpt): string | undefined {
  const path = join(root, file);
  if (!existsSync(path)) return `${file}, which is quoted, does not exist.`;
  const quoted = code.trim().split('\n').map(trimmed);
  const lines = readLines(path).map(trimmed);
  const isThere = lines.some((_, start) => quoted.every((line, offset) => lines[start + offset] === line));
  return isThere ? undefined : `${file} is quoted with what is not there.`;
}

const trimmed = (line: string) => line.trim();

const pageAt = (path: string) => readPage(readFileSync(path, 'utf8'));

/** The lines of a file. */
export const readLines = (path: string): string[] => readFileSync(path, 'utf8').replace(/\n$/, '').split('\n');
