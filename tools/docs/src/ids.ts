import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The page that defines the ids of each letter. */
export const PAGES = { A: 'docs/abuse.md', P: 'docs/patterns.md' } as const;

const CITED = /\b[AP]\d{1,2}\b/g;
const DEFINED = /^(?:### |\| )([AP]\d{1,2})\b/gm;

/** The ids that a page defines, in a heading (`### P7: …`) or in the first column of a table. */
export const definedIds = (page: string): Set<string> => new Set([...page.matchAll(DEFINED)].map(([, id = '']) => id));

/** The ids that code cites in comments and in the names of specs. */
export const citedIds = (code: string): Set<string> =>
  new Set(code.split('\n').flatMap((line) => (isText(line) ? [...line.matchAll(CITED)].map(([id]) => id) : [])));

/** Whether the line has a comment, or a text that may name a spec. */
const isText = (line: string) => /\/\/|^\s*\/?\*|['"`]/.test(line);

/** The ids that code cites and no page defines, with the file that cites them. */
export function undefinedIds(root: string): string[] {
  const defined = new Set(Object.values(PAGES).flatMap((page) => [...definedIds(readFileSync(join(root, page), 'utf8'))]));
  const files = globSync('{apps,bench,e2e,libs,proto,tools}/**/*.{ts,js,proto}', {
    cwd: root,
    exclude: ['**/node_modules/**', '**/dist/**', '**/gen/**', 'tools/docs/src/ids.spec.ts'],
  }).sort();
  return files.flatMap((file) =>
    [...citedIds(readFileSync(join(root, file), 'utf8'))]
      .filter((id) => !defined.has(id))
      .map((id) => `${file}: ${id} is not defined in ${PAGES[id.startsWith('A') ? 'A' : 'P']}.`),
  );
}
