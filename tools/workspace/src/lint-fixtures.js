/**
 * Lints the files in the JSON `[{ path, code }]` on standard input, which need not exist, and prints the messages for each. ESLint does not
 * run inside Jest's sandbox, so this is a process of its own.
 */
import { text } from 'node:stream/consumers';

import { ESLint } from 'eslint';
import ts from 'typescript-eslint';

const root = new URL('../../..', import.meta.url).pathname;
// A file that does not exist has no types.
const eslint = new ESLint({ cwd: root, overrideConfig: ts.configs.disableTypeChecked });

const problemsOf = async ({ path, code }) => {
  const results = await eslint.lintText(code, { filePath: path });
  return results.flatMap(({ messages }) => messages.map(({ message }) => message));
};

const fixtures = JSON.parse(await text(process.stdin));
console.log(JSON.stringify(await Promise.all(fixtures.map(problemsOf))));
