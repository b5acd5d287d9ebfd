import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.ts';
import { BuildError } from './error.ts';

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

async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  if (positionals.length === 0 || values.out === undefined)
    throw new BuildError('Which projects, and where to? See npm run build -- --help');
  const root = resolve(import.meta.dirname, '../../..');
  const log = (line: string) => {
    console.log(line);
  };
  const out = relative(process.cwd(), resolve(values.out)) || '.';
  await build({ root, projects: positionals, out, types: values.types, workspace: values.workspace, log });
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        out: { type: 'string' },
        types: { type: 'boolean', default: false },
        workspace: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new BuildError(`${(error as Error).message.split('. ')[0] ?? ''}. See npm run build -- --help`);
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
