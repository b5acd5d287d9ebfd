/**
 * Lints files that do not exist, given as JSON `[{ path, code }]` on standard input, with the configuration of this workspace;
 * writes, for each of them, the names of the rules it breaks. In a process of its own: ESLint does not run inside Jest's sandbox.
 */
import { text } from 'node:stream/consumers';

import { ESLint } from 'eslint';
import ts from 'typescript-eslint';

const root = new URL('../../..', import.meta.url).pathname;
// What does not exist has no types.
const eslint = new ESLint({ cwd: root, overrideConfig: ts.configs.disableTypeChecked });

const rulesBrokenBy = async ({ path, code }) => {
  const results = await eslint.lintText(code, { filePath: path });
  return results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => ruleId ?? message));
};

const fixtures = JSON.parse(await text(process.stdin));
console.log(JSON.stringify(await Promise.all(fixtures.map(rulesBrokenBy))));
