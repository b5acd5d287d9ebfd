import { CliError, runCommand, UsageError } from '@reputable/cli';
import { formatLine, startSystem } from '@reputable/dev';
import type { System } from '@reputable/dev';
import { Narrator } from './narrator.ts';
import { stageAt, stageOf, type Stage } from './stage.ts';
import { story } from './story.ts';

const HELP = `npm run demo [-- --url <url> --user-database <url>]

The story of one vote, step by step, with what is decided and why. It ends with 0 only if every step goes as it must, and with 130
after Ctrl-C.

It plays in a system of its own, on free ports and with data that are thrown away, unless it is told of one that runs:

  --url <url>             its GraphQL endpoint: http://localhost:3000/graphql
  --user-database <url>   the database of its user service, for members to have a past

There it leaves out what only somebody inside can do: borrowing keys, and going round the gateway.
`;

/** What the command line says. */
interface Told {
  readonly url?: string | undefined;
  readonly 'user-database'?: string | undefined;
}

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
async function main(given: Stage | undefined): Promise<void> {
  const began = performance.now();
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  tell.line('The story of one vote');
  tell.line('');
  let system: System | undefined;
  try {
    if (!given) system = await startOwn();
    if (system) tell.note(`Ready after ${seconds()}: ${system.urls.graphql}`);
    const stage = given ?? (system && stageOf(system));
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

/** A system that runs elsewhere, if the command line tells of one. */
function elsewhere({ url, 'user-database': database }: Told): Stage | undefined {
  if ((url === undefined) !== (database === undefined)) throw new UsageError('--url and --user-database go together.');
  return url !== undefined && database !== undefined ? stageAt(url, database) : undefined;
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

async function tellItAll(told: Told): Promise<void> {
  const stage = elsewhere(told);
  try {
    await main(stage);
  } catch (error) {
    mourn(error as Error);
  }
}

/** Says in which way the story went wrong, and what the services had to say before. */
function mourn(error: Error): void {
  const { message, stack } = error;
  process.exitCode = interrupt.signal.aborted ? 130 : 1;
  const isForPeople = interrupt.signal.aborted || error instanceof CliError;
  process.stderr.write(`\n${interrupt.signal.aborted ? '' : 'The demo failed: '}${isForPeople ? message : (stack ?? message)}\n`);
  if (!interrupt.signal.aborted && log.length > 0) process.stderr.write(`\nThe services' latest warnings:\n${log.join('\n')}\n`);
}

await runCommand({
  name: 'npm run demo',
  help: HELP,
  options: { url: { type: 'string' }, 'user-database': { type: 'string' } },
  run: tellItAll,
});
