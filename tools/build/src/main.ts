import { runCommand, UsageError } from '@reputable/cli';
import { relative, resolve } from 'node:path';
import { build } from './build.ts';

const HELP = `npm run build -- <project…> --out <folder> [--types] [--workspace]

Compiles projects, and those of the workspace that they need, to plain JavaScript, without tests. A project is a folder
(apps/post), a package (@reputable/post) or a name in Nx (post, lib-auth).

Each becomes a package of its own, <folder>/apps/post or <folder>/libs/auth, that needs its dependencies installed and nothing
else of this workspace: node <folder>/apps/post/src/main.js

  --out <folder>   where to put them; what was built there before is replaced
  --types          libraries for others to install: with types, and not private
  --workspace      a package.json and a lockfile around them: npm install --omit=dev in <folder> installs what they need, in
                   the versions that are locked here
`;

await runCommand({
  name: 'npm run build',
  help: HELP,
  options: { out: { type: 'string' }, types: { type: 'boolean', default: false }, workspace: { type: 'boolean', default: false } },
  words: Infinity,
  failures: ['BuildError'],
  run: async ({ out, types, workspace }, projects) => {
    if (projects.length === 0 || out === undefined) throw new UsageError('Which projects, and where to?');
    const root = resolve(import.meta.dirname, '../../..');
    const log = (line: string) => {
      console.log(line);
    };
    await build({ root, projects, out: relative(process.cwd(), resolve(out)) || '.', types, workspace, log });
  },
});
