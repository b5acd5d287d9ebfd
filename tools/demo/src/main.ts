import { runCommand } from '@reputable/cli';
import { formatLine, startSystem } from '@reputable/dev';
import type { System } from '@reputable/dev';
import { Deviation, Narrator } from './narrator.ts';
import { story } from './story.ts';

const color = process.stdout.isTTY && process.stdout.hasColors();
const tell = new Narrator((text) => process.stdout.write(text), color);
/** The latest of what the services say: shown only when something goes wrong. */
const log: string[] = [];
const LOG_LINES = 30;

const HELP = `npm run demo

Tells the story of one vote, from the first registration to the last log-out: starts PostgreSQL and the five services beside
whatever runs, with data of their own that are thrown away, calls the public API, and prints every step and the decision.
Exit code 0 only if every step went as it must. Ctrl-C ends it with 130.
`;

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    interrupt.abort(new Error('Interrupted.'));
  });
}

/** Exit code 0 only if every step went as it must. */
async function main(): Promise<void> {
  const began = performance.now();
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  tell.line('The story of one vote');
  tell.line('');
  tell.note('Starting PostgreSQL and five services, on ports and with data of their own …');
  let system: System | undefined;
  try {
    system = await startSystem({ log: listen, signal: interrupt.signal, env: { all: { LOG_LEVEL: 'warn', NODE_ENV: 'production' } } });
    tell.note(`Ready after ${seconds()}: ${system.urls.graphql}`);
    await Promise.race([story(system, tell), interrupted()]);
  } finally {
    await system?.stop();
  }
  tell.line('');
  tell.line(`All ${String(tell.steps)} steps went as they must. ${seconds()}`);
}

/** What the launcher says is progress; what services say is kept. */
function listen(source: string, line: string): void {
  if (source === 'launcher') {
    tell.note(line);
    return;
  }
  log.push(formatLine(source, line));
  if (log.length > LOG_LINES) log.shift();
}

function interrupted(): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => {
      reject(interrupt.signal.reason as Error);
    };
    if (interrupt.signal.aborted) stop();
    interrupt.signal.addEventListener('abort', stop);
  });
}

async function tellItAll(): Promise<void> {
  try {
    await main();
  } catch (error) {
    mourn(error as Error);
  }
}

/** Says in which way the story went wrong, and what the services had to say before. */
function mourn({ name, message, stack }: Error): void {
  process.exitCode = interrupt.signal.aborted ? 130 : 1;
  const isForPeople = interrupt.signal.aborted || [Deviation.name, 'SystemError', 'PostgresError', 'PkiError'].includes(name);
  process.stderr.write(`\n${interrupt.signal.aborted ? '' : 'The demo failed: '}${isForPeople ? message : (stack ?? message)}\n`);
  if (!interrupt.signal.aborted && log.length > 0) process.stderr.write(`\nThe services' latest warnings:\n${log.join('\n')}\n`);
}

await runCommand({ name: 'npm run demo', help: HELP, run: tellItAll });
