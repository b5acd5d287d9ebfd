import { CliError, runCommand, UsageError } from '@reputable/cli';
import { freePort } from '@reputable/postgres';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Copy } from './copy.ts';
import { Shell } from './shell.ts';
import { missingFrom, type Step, stepsOf } from './steps.ts';
import { Terminal } from './terminal.ts';

const HELP = `npm run rehearse -- <page>

Does what a page of the documentation says, block by block, in a fresh clone of what is committed here, and looks whether it
prints what the page shows. Ends with exit code 1 at the first block that does not. Ports are free ones: localhost:3000 of
the page is wherever the gateway is.
`;

/** Where the page says the gateway is. */
const GATEWAY = 'localhost:3000';
const root = resolve(import.meta.dirname, '../../../..');

/** What a fresh login would have: nothing of npm, which runs us. */
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

/** Rejects when somebody has had enough: what was started is stopped all the same. */
const interruption = () =>
  new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => reject(new CliError(`Interrupted by ${signal}.`)));
  });

const environment = () =>
  Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));

/** Every port that .env.example has a setting for, by now, is for the system to choose. */
function freePorts(folder: string): Record<string, string> {
  const settings = readFileSync(join(folder, '.env.example'), 'utf8').matchAll(/^#(\w+_PORT)=/gm);
  return Object.fromEntries([...settings].map(([, name = '']) => [name, '0']));
}

await runCommand({
  name: 'npm run rehearse',
  help: HELP,
  words: 1,
  run: async (_, [page]) => {
    if (page === undefined) throw new UsageError('Which page?');
    const began = performance.now();
    await rehearse(page);
    console.log(`${page} is true: ${((performance.now() - began) / 1000).toFixed(0)} s.`);
  },
});
