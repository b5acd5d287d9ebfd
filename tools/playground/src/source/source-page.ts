import { html, type Html } from '@reputable/page';
import { root } from '@reputable/run/build';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceLine } from './named-line.ts';

/** The files that may be read: the contract, and the code of apps and libraries. */
const READABLE = /^(?:proto|apps\/[a-z]+\/src|libs\/[a-z]+\/src)(?:\/[\w-]+)*\/[\w.-]+\.(?:ts|proto)$/;

/** The path of the page with a line. */
export const hrefOf = ({ file, line }: SourceLine) => `/playground/source/${file}#L${String(line)}`;

/** The page with a file, read-only, with a number for each line; undefined for a file that it does not show. */
export function sourcePage(file: string): { readonly title: string; readonly body: Html } | undefined {
  if (!READABLE.test(file)) return undefined;
  let lines: readonly string[];
  try {
    lines = readFileSync(join(root, file), 'utf8').trimEnd().split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
  return {
    title: file,
    body: html`<main class="source">
      <h1>${file}</h1>
      <p><a href="/">Back to the playground</a></p>
      <ol>
        ${lines.map((line, index) => html`<li id="L${String(index + 1)}"><code>${line === '' ? ' ' : line}</code></li>`)}
      </ol>
    </main>`,
  };
}
