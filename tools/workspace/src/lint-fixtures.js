/**
 * Lints files that do not exist, given as JSON `[{ path, code }]` on standard input, with the configuration of this workspace;
 * writes, for each of them, what is wrong with it. In a process of its own: ESLint does not run inside Jest's sandbox.
 */
import { text } from 'node:stream/consumers';

import { ESLint } from 'eslint';
import ts from 'typescript-eslint';

const root = new URL('../../..', import.meta.url).pathname;
// What does not exist has no types.
const eslint = new ESLint({ cwd: root, overrideConfig: ts.configs.disableTypeChecked });

const problemsOf = async ({ path, code }) => {
  const results = await eslint.lintText(code, { filePath: path });
  return results.flatMap(({ messages }) => messages.map(({ message }) => message));
};

const fixtures = JSON.parse(await text(process.stdin));
console.log(JSON.stringify(await Promise.all(fixtures.map(problemsOf))));
