import { SERVICES } from '@reputable/contracts/registry';
import { Failure, runCommand } from '@reputable/cli';
import { resolve } from 'node:path';
import { readConfig } from './config.ts';
import { SystemError } from './error.ts';
import { HELP } from './help.ts';
import { inspectOptions } from './inspect.ts';
import { formatLine } from './log.ts';
import { seed } from './seed.ts';
import { summary } from './summary.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';
import { generate } from './watch/generate.ts';
import { Watcher } from './watch/watcher.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

const color = process.stdout.isTTY && process.stdout.hasColors();
const log = (source: string, line: string) => {
  process.stdout.write(`${formatLine(source, line, { color })}\n`);
};
const say = (line: string) => {
  log('launcher', line);
};

/** Ends with code 1 after one line, unless it was asked to stop. Whatever runs by then is stopped first. */
async function main(watch: boolean, inspect: string | undefined): Promise<void> {
  const interrupt = new AbortController();
  let system: System | undefined;
  let watcher: Watcher | undefined;
  let stopping = false;
  const stop = async (why: string, code: number) => {
    if (stopping) return;
    stopping = true;
    process.exitCode = code;
    say(why);
    interrupt.abort(new Error('Interrupted.'));
    if (!system) return;
    await watcher?.close();
    await system.stop();
    say('Everything is stopped.');
  };
  onInterrupt(() => {
    // A second time: the services are killed with us, and PostgreSQL follows by itself.
    if (stopping) process.exit(130);
    void stop('Stopping.', 0);
  });

  const began = performance.now();
  const { dataDir, ports } = readConfig(process.env);
  const nodeOptions = inspectOptions(inspect);
  say(`Starting in ${dataDir}.`);
  try {
    system = await startSystem({
      dataDir,
      ports,
      log,
      signal: interrupt.signal,
      nodeOptions,
      onCrash: (error) => {
        // Who watches is about to save again. Without PostgreSQL there is nothing to wait for.
        if (watch && error instanceof SystemError) say(`${error.message} Down until what is wrong there has changed.`);
        else void stop(`${error.message} Stopping everything.`, 1);
      },
    });
    const demo = await seed(system);
    if (interrupt.signal.aborted) return;
    process.stdout.write(summary(system, demo));
    say(`Ready after ${((performance.now() - began) / 1000).toFixed(1)} s.`);
    if (!watch) return;
    watcher = new Watcher({ root: ROOT, system, services: SERVICES, generate: () => generate(ROOT), log });
    say('Watching: what is made of what you save is started again.');
  } catch (error) {
    await system?.stop();
    if (!interrupt.signal.aborted) throw error;
    if (!system) say('Everything is stopped.');
  }
}

/** Ctrl-C, kill, a terminal that is closed, or npm gone without a word. */
function onInterrupt(stop: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  let broken = false;
  process.stdout.on('error', () => {
    if (!broken) stop();
    broken = true;
  });
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop();
  }, 1_000);
  watch.unref();
}

await runCommand({
  name: 'npm start',
  help: HELP,
  options: { watch: { type: 'boolean', default: false }, inspect: { type: 'string' } },
  run: async ({ watch, inspect }) => {
    try {
      await main(watch, inspect);
    } catch (error) {
      const { name, message } = error as Error;
      const isForPeople = ['SystemError', 'PostgresError', 'PkiError'].includes(name);
      throw isForPeople ? new Failure(`Reputable does not start: ${message}`) : error;
    }
  },
});
