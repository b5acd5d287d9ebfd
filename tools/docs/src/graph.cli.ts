import { patiently, runCommand } from '@reputable/cli';
import { resolve } from 'node:path';
import { readModules } from './modules.ts';
import { modulesList, modulesPicture } from './modules-picture.ts';

const HELP = `npm run graph

Prints the modules of this workspace: the apps and libraries as a Mermaid flowchart, as in docs/architecture.md, and then who
imports whom, tools included. What only specs import is left out.

  --list      only who imports whom
  --mermaid   only the flowchart
  --json      who imports whom, for programs
`;

await runCommand({
  name: 'npm run graph',
  help: HELP,
  options: { list: { type: 'boolean' }, mermaid: { type: 'boolean' }, json: { type: 'boolean' } },
  run: async ({ list, mermaid, json }) => {
    const modules = await patiently('Reading the workspace', readModules(resolve(import.meta.dirname, '../../..')));
    const parts = [...(list ? [] : [modulesPicture(modules)]), ...(mermaid ? [] : [modulesList(modules)])];
    process.stdout.write(json ? `${JSON.stringify(modules, null, 2)}\n` : parts.join('\n'));
  },
});
