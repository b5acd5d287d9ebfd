import { formatLine, startSystem, SystemError } from '@reputable/dev';
import type { System } from '@reputable/dev';
import { Deviation, Narrator } from './narrator.ts';
import { parseArgs } from 'node:util';
import { stageAt, stageOf, type Stage } from './stage.ts';
import { story } from './story.ts';

const HELP = `npm run demo [-- --url <url> --user-database <url>]

The story of one vote, step by step, with what is decided and why. It ends with 0 only if every step goes as it must.

It plays in a system of its own, on free ports and with data that are thrown away, unless it is told of one that runs:

  --url <url>             its GraphQL endpoint: http://localhost:3000/graphql
  --user-database <url>   the database of its user service, for members to have a past

There it leaves out what only somebody inside can do: borrowing keys, and going round the gateway.
`;

const color = process.stdout.isTTY && process.stdout.hasColors();
const tell = new Narrator((text) => process.stdout.write(text), color);
/** The latest of what the services say: shown only when something goes wrong. */
const log: string[] = [];
const LOG_LINES = 30;

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    interrupt.abort(new Error('Interrupted.'));
  });
}

/** Exit code 0 only if every step went as it must. */
async function main(elsewhere: Stage | undefined): Promise<void> {
  const began = performance.now();
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  tell.line('The story of one vote');
  tell.line('');
  let system: System | undefined;
  try {
    if (!elsewhere) system = await startOwn();
    if (system) tell.note(`Ready after ${seconds()}: ${system.urls.graphql}`);
    const stage = elsewhere ?? (system && stageOf(system));
    if (stage) await Promise.race([story(stage, tell), interrupted()]);
  } finally {
    await system?.stop();
  }
  tell.line('');
  tell.line(`All ${String(tell.steps)} steps went as they must. ${seconds()}`);
}

function startOwn(): Promise<System> {
  tell.note('Starting PostgreSQL and five services, on ports and with data of their own …');
  return startSystem({ log: listen, signal: interrupt.signal, env: { all: { LOG_LEVEL: 'warn', NODE_ENV: 'production' } } });
}

/** What the command line asks for: help, a system that runs elsewhere, or neither. */
function readArguments(): { readonly help: boolean; readonly elsewhere: Stage | undefined } {
  const { help, url, 'user-database': database } = parse();
  if ((url === undefined) !== (database === undefined)) throw new SystemError('--url and --user-database go together. Try --help');
  return { help, elsewhere: url !== undefined && database !== undefined ? stageAt(url, database) : undefined };
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

function parse() {
  try {
    return parseArgs({
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        url: { type: 'string' },
        'user-database': { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new SystemError(`${(error as Error).message}. Try --help`, { cause: error });
  }
}

async function run(): Promise<void> {
  const { help, elsewhere } = readArguments();
  if (help) process.stdout.write(HELP);
  else await main(elsewhere);
}

try {
  await run();
} catch (error) {
  process.exitCode = interrupt.signal.aborted ? 130 : 1;
  const { name, message, stack } = error as Error;
  const isForPeople = interrupt.signal.aborted || [Deviation.name, 'SystemError', 'PostgresError', 'PkiError'].includes(name);
  process.stderr.write(`\n${interrupt.signal.aborted ? '' : 'The demo failed: '}${isForPeople ? message : (stack ?? message)}\n`);
  if (!interrupt.signal.aborted && log.length > 0) process.stderr.write(`\nThe services' latest warnings:\n${log.join('\n')}\n`);
}
