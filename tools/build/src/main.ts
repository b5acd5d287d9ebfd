import { CliError, runCommand, UsageError } from '@reputable/cli';
import { refuseStaleContract } from '@reputable/run/contract';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from './build.ts';

const HELP = `node --import @reputable/run tools/build/src/main.ts <folder> [--package] [--out <folder>]

Compiles a project to plain JavaScript, without its tests, in dist/<folder>; an app becomes a bundle with all packages that it imports.
Nx runs this as the target build: npx nx build post

  --package        writes a library for other workspaces, with types, to dist/packages/<folder>. Nx runs this as the target
                   package: npx nx run lib-auth:package
  --out <folder>   replaces dist or dist/packages
`;

await runCommand({
  name: 'tools/build/src/main.ts',
  help: HELP,
  options: { package: { type: 'boolean', default: false }, out: { type: 'string' } },
  words: 1,
  run: async ({ package: published, out = published ? 'dist/packages' : 'dist' }, [folder]) => {
    if (folder === undefined) throw new UsageError('Name the folder of a project.');
    const root = resolve(import.meta.dirname, '../../..');
    if (!existsSync(join(root, folder, 'package.json'))) throw new CliError(`${folder} has no package.json. Name the folder of a project.`);
    refuseStaleContract(root);
    await build({ root, folder, out: resolve(root, out), published });
  },
});
