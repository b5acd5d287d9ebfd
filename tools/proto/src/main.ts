import { runCommand, UsageError } from '@reputable/cli';
import { resolve } from 'node:path';

import { check, generate, release } from './contract.ts';

const HELP = `npm run proto -- [command]

  generate   lints the contract in proto/, looks for breaking changes, and writes the code in libs/contracts, docs/access.md
             and docs/errors.md. What is done if no command is given
  check      the same, and writes nothing: fails if what is there is not what would be written
  release    makes the contract as it is now the one that later changes must not break

A running \`npm run dev\` does the first by itself when a file in proto/ is saved.
`;

const commands = new Map([
  ['generate', { run: generate, done: 'The contract is sound; the code, docs/access.md and docs/errors.md are written.' }],
  ['check', { run: check, done: 'The contract is sound; the code, docs/access.md and docs/errors.md are current.' }],
  ['release', { run: release, done: 'Later changes are measured against the contract as it is now.' }],
]);

await runCommand({
  name: 'npm run proto',
  help: HELP,
  words: 1,
  failures: ['ContractProblem'],
  run: (_, [name = 'generate']) => {
    const command = commands.get(name);
    if (!command) throw new UsageError(`There is no command "${name}".`);
    process.stderr.write('Reading the contract …\n');
    command.run(resolve(import.meta.dirname, '../../..'));
    console.log(command.done);
  },
});
