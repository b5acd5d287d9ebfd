import { runCommand, UsageError } from '@reputable/cli';
import { findDatabases } from './databases.ts';
import { drop, list, retry, textOf } from './dead-letters.ts';

const HELP = `npm run outbox -- <command>

Manages dead letters: events that their receiver refused 60 times. While a service has dead letters, /health/ready reports it as
degraded.

  list               Lists the dead letters with their times, number of tries, reason and event
  retry <id>|--all   Moves one or all dead letters back to their queues. The service delivers them within a second
  drop <id>          Deletes a dead letter. Its event is never delivered

The command reads the databases of the system that npm start runs, whose URLs are in .data (or REPUTABLE_DATA). If DATABASE_URL
is set, it reads only that database.
`;

const databases = () => findDatabases(process.env);

const commands: Readonly<Record<string, (id: string | undefined, all: boolean) => Promise<string>>> = {
  list: async () => textOf(await list(await databases())),
  retry: async (id, all) => {
    if ((id === undefined) !== all) throw new UsageError('Give the id of a dead letter, or --all.');
    return `Moved back to their queues: ${await retry(await databases(), id)}.\n`;
  },
  drop: async (id) => {
    if (id === undefined) throw new UsageError('Give the id of the dead letter.');
    return `Deleted:\n${textOf([await drop(await databases(), id)])}`;
  },
};

await runCommand({
  name: 'npm run outbox',
  help: HELP,
  options: { all: { type: 'boolean' } },
  words: 2,
  run: async ({ all = false }, [command, id]) => {
    if (command === undefined) return void process.stdout.write(HELP);
    const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
    if (!run) throw new UsageError(`Unknown command: ${command}.`);
    process.stdout.write(await run(id, all));
  },
});
