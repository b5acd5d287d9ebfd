import { runCommand, UsageError } from '@reputable/cli';
import { globSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Manifest } from './manifest.ts';

const HELP = `node --import @reputable/run tools/build/src/image.ts <dist> <folder>

Makes an npm workspace of the packages in <dist>, for an image. npm install --omit=dev in <dist> then installs their dependencies
in the locked versions, and node <dist> runs the project in <folder>, such as apps/post.
`;

await runCommand({
  name: 'tools/build/src/image.ts',
  help: HELP,
  words: 2,
  run: async (_, [dist, main]) => {
    if (dist === undefined || main === undefined) throw new UsageError('Name the folder of the packages and the folder of a project.');
    const root = resolve(import.meta.dirname, '../../..');
    const { name, version, type, overrides, allowScripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
    const workspaces = globSync('{apps,libs,tools}/*/package.json', { cwd: dist }).map(dirname).sort();
    const manifest = { name, version, private: true, type, main: `./${main}/src/main.js`, workspaces, overrides, allowScripts };
    await writeFile(join(dist, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    await copyFile(join(root, 'package-lock.json'), join(dist, 'package-lock.json'));
  },
});
