import { runCommand } from '@reputable/cli';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../manifest.ts';
import { withoutEngines } from './engines.ts';

const HELP = `npm run lock

Removes the engines of the packages from package-lock.json. Run it after each npm install that adds or updates a package.

npm compares the engines of packages with the Node.js that runs npm. The programs of this project run with the Node.js that the
lockfile pins. A spec compares the engines of the installed packages with that version.
`;

await runCommand({
  name: 'npm run lock',
  help: HELP,
  run: () => {
    const file = join(root, 'package-lock.json');
    writeFileSync(file, withoutEngines(readFileSync(file, 'utf8')));
  },
});
