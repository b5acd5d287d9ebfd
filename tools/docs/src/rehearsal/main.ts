import { CliError, runCommand, UsageError } from '@reputable/cli';
import { freePort } from '@reputable/postgres';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Copy } from './copy.ts';
import { Shell } from './shell.ts';
import { missingFrom, type Step, stepsOf } from './steps.ts';
import { Terminal } from './terminal.ts';

const HELP = `npm run rehearse -- <page>

Runs the commands of a page, block by block, in a fresh clone of the last commit, and compares their output with the page. Stops
with exit code 1 at the first block that differs. The system listens on free ports, which replace localhost:3000 in the commands.
`;

/** The gateway's address in a page. */
const GATEWAY = 'localhost:3000';
const root = resolve(import.meta.dirname, '../../../..');

/** The variables of a fresh login, without those that npm sets. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'USER', 'npm_config_cache'];

async function rehearse(page: string): Promise<void> {
  const steps = stepsOf(readFileSync(join(root, page), 'utf8'));
  const copy = new Copy(root);
  const port = await freePort();
  const env = () => ({ ...environment(), ...freePorts(copy.folder), PORT: String(port) });
  const shell = new Shell(copy.folder, env());
  const terminals: Terminal[] = [];
  const interrupted = interruption();
  try {
    for (const { line, kind, code, expected } of steps) {
      const began = performance.now();
      const command = code.replaceAll(GATEWAY, `localhost:${port}`);
      const problem = await Promise.race([perform({ line, kind, code: command, expected }), interrupted]);
      console.log(
        `${page}:${line} ${((performance.now() - began) / 1000).toFixed(1)} s  ${kind === 'stop' ? 'Ctrl-C' : (code.split('\n').at(-1) ?? '')}`,
      );
      if (problem !== undefined) throw new CliError(`${page}:${line} ${problem}`);
    }
  } finally {
    shell.close();
    for (const terminal of terminals) await terminal.stop();
    copy.remove();
  }

  async function perform({ kind, code, expected }: Step): Promise<string | undefined> {
    if (kind === 'stop') {
      await terminals.pop()?.stop();
      return undefined;
    }
    if (kind === 'start') {
      const terminal = new Terminal(code, copy.folder, env());
      terminals.push(terminal);
      const missing = await terminal.says(expected);
      return missing === undefined ? undefined : `does not print "${missing}", but:\n${terminal.output}`;
    }
    const { output, code: status } = await shell.run(kind === 'refused' ? `! (\n${code}\n)` : code);
    if (status !== 0) return `${kind === 'refused' ? 'is not refused' : `ends with exit code ${status}`}:\n${output}`;
    const missing = missingFrom(output, expected);
    return missing === undefined ? undefined : `does not print "${missing}", but:\n${output}`;
  }
}

/** Rejects on a signal, so that the programs that this one started stop as well. */
const interruption = () =>
  new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => reject(new CliError(`Interrupted by ${signal}.`)));
  });

const environment = () =>
  Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));

/** Lets the system choose every port that .env.example has a setting for. */
function freePorts(folder: string): Record<string, string> {
  const settings = readFileSync(join(folder, '.env.example'), 'utf8').matchAll(/^#(\w+_PORT)=/gm);
  return Object.fromEntries([...settings].map(([, name = '']) => [name, '0']));
}

await runCommand({
  name: 'npm run rehearse',
  help: HELP,
  words: 1,
  run: async (_, [page]) => {
    if (page === undefined) throw new UsageError('Name a page.');
    const began = performance.now();
    await rehearse(page);
    console.log(`${page}: all commands passed in ${((performance.now() - began) / 1000).toFixed(0)} s.`);
  },
});
