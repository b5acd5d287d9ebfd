import { CliError, runCommand, UsageError } from '@reputable/cli';
import { distinguish, formatLine, startSystem, type System } from '@reputable/dev';
import { Narrator } from './narrator.ts';
import type { Stage } from './stage.ts';
import { story } from './story.ts';

const HELP = `npm run demo [-- --url <url> --mailbox <url> --user-database <url>]

Runs one vote and every way to authenticate, step by step, and prints each decision with its reason. Exits with code 0 only if every step has
the expected decision, and with 130 after Ctrl-C.

Starts a system of its own, on free ports and with temporary data, unless you name a running one:

  --url <url>             its GraphQL endpoint: http://localhost:3000/graphql
  --mailbox <url>         its mailbox: http://localhost:8025
  --user-database <url>   the database of its user service, to give members their reputation

In a running system, it omits the steps that need an operator: those with registered clients, and calls without the gateway.
`;

const LOG_LINES = 30;

const color = process.stdout.isTTY && process.stdout.hasColors();
const tell = new Narrator((text) => process.stdout.write(text), color);
/** The latest log lines of the services, printed only after a failure. */
const lines: string[] = [];

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => interrupt.abort(new CliError('Interrupted.')));
}

async function main(running: Stage | undefined): Promise<void> {
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  tell.line('The story of one vote\n');
  let system: System | undefined;
  try {
    if (!running) {
      system = await startOwn();
      tell.note(`Ready after ${seconds()}: ${system.urls.graphql}`);
    }
    const stage = running ?? (system && stageOf(system));
    if (stage) await Promise.race([story(stage, tell), interrupted()]);
  } finally {
    await system?.stop();
  }
  tell.line(`\nAll ${String(tell.steps)} steps had the expected decision. ${seconds()}`);
}

function startOwn(): Promise<System> {
  tell.note('Starting PostgreSQL and all services, on free ports and with temporary data …');
  const log = (source: string, line: string) => {
    if (source === 'launcher') tell.note(line);
    else lines.push(formatLine(source, line));
    if (lines.length > LOG_LINES) lines.shift();
  };
  return startSystem({ log, withProvider: true, signal: interrupt.signal, env: { all: { LOG_LEVEL: 'warn', NODE_ENV: 'production' } } });
}

const stageOf = (system: System): Stage => ({
  ...stageAt(system.urls.graphql, system.urls.mailbox, system.databaseUrl('user')),
  inside: system,
});

const stageAt = (graphql: string, mailbox: string, userDatabase: string): Stage => ({
  graphql,
  mailbox,
  distinguish: (id, past) => distinguish(userDatabase, id, past),
});

const interrupted = () =>
  new Promise<never>((_, reject) => {
    const stop = () => reject(interrupt.signal.reason as Error);
    if (interrupt.signal.aborted) stop();
    interrupt.signal.addEventListener('abort', stop);
  });

await runCommand({
  name: 'npm run demo',
  help: HELP,
  options: { url: { type: 'string' }, mailbox: { type: 'string' }, 'user-database': { type: 'string' } },
  run: async ({ url, mailbox, 'user-database': database }) => {
    const given = [url, mailbox, database].filter((option) => option !== undefined).length;
    if (given !== 0 && given !== 3) throw new UsageError('--url, --mailbox and --user-database go together.');
    try {
      await main(url !== undefined && mailbox !== undefined && database !== undefined ? stageAt(url, mailbox, database) : undefined);
    } catch (error) {
      const { message, stack } = error as Error;
      const { aborted } = interrupt.signal;
      process.exitCode = aborted ? 130 : 1;
      if (aborted) process.stderr.write('\nInterrupted.\n');
      else process.stderr.write(`\nThe demo failed: ${error instanceof CliError ? message : (stack ?? message)}\n`);
      if (!aborted && lines.length > 0) process.stderr.write(`\nThe services' latest warnings:\n${lines.join('\n')}\n`);
    }
  },
});
