import { runCommand, UsageError } from '@reputable/cli';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

import { check, generate, release } from './contract.ts';

/** Writes the OpenAPI document of the gateway, which has the rules too. */
const OPENAPI = 'apps/gateway/src/openapi/main.ts';

const HELP = `npm run proto -- [command]

  generate   lints the contract in proto/, checks it for breaking changes, and writes the code in libs/contracts, docs/access.md,
             docs/errors.md, and the rules in the GraphQL schema and in the OpenAPI document. The default
  check      writes nothing, and fails if a file is not current or a check fails
  release    makes the current contract the one that later changes must not break

npm run dev runs generate when you save a file in proto/. npm start, npm test and the build fail if the contract has changed since the last generate.
`;

const commands = new Map([
  ['generate', { run: generateAll, done: 'The contract is sound; the code, docs/access.md and docs/errors.md are written.' }],
  ['check', { run: check, done: 'The contract is sound; the code, docs/access.md and docs/errors.md are current.' }],
  ['release', { run: release, done: 'The current contract is released. Later changes must not break it.' }],
]);

await runCommand({
  name: 'npm run proto',
  help: HELP,
  words: 1,
  run: (_, [name = 'generate']) => {
    const command = commands.get(name);
    if (!command) throw new UsageError(`Unknown command: ${name}.`);
    process.stderr.write('Reading the contract …\n');
    command.run(resolve(import.meta.dirname, '../../..'));
    console.log(command.done);
  },
});

function generateAll(folder: string): void {
  generate(folder);
  const { status } = spawnSync(process.execPath, ['--import', '@reputable/run', OPENAPI], { cwd: folder, stdio: 'inherit' });
  // The gateway may not compile before it follows a change of the contract.
  if (status !== 0) process.stderr.write('The OpenAPI document is not written. Correct the gateway, then run npm run openapi.\n');
}
