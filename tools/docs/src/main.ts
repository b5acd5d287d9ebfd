import { resolve } from 'node:path';
import { faultsIn, markdownFiles } from './check.ts';
import { reanchor } from './reanchor.ts';

const HELP = `node --import @reputable/run tools/docs/src/main.ts [--fix]

Checks the links, line anchors and quoted code of all Markdown files. With --fix, links to lines whose label is code are
first led to where that code is now.
`;

const root = resolve(import.meta.dirname, '../../..');
const files = markdownFiles(root);

if (process.argv.includes('--help')) {
  process.stdout.write(HELP);
} else {
  if (process.argv.includes('--fix')) for (const file of files) reanchor(root, file);
  const faults = files.flatMap((file) => faultsIn(root, file));
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}
