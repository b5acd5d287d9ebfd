import { resolve } from 'node:path';

import { check, ContractProblem, generate, release } from './contract.ts';

const root = resolve(import.meta.dirname, '../../..');
const commands = new Map([
  ['generate', () => report(generate, 'The contract is sound; the code, docs/access.md and docs/errors.md are written.')],
  ['check', () => report(check, 'The contract is sound; the code, docs/access.md and docs/errors.md are current.')],
  ['release', () => report(release, 'Later changes are measured against the contract as it is now.')],
]);

const report = (command: (folder: string) => void, done: string): void => {
  try {
    command(root);
    console.log(done);
  } catch (problem) {
    if (!(problem instanceof ContractProblem)) throw problem;
    console.error(problem.message);
    process.exitCode = 1;
  }
};

const command = commands.get(process.argv[2] ?? 'generate');
if (command) command();
else {
  console.error(`Usage: npm run proto -- [${[...commands.keys()].join(' | ')}]`);
  process.exitCode = 2;
}
