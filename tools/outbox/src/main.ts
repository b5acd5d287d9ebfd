import { runCommand, UsageError } from '@reputable/cli';
import { findDatabases } from './databases.ts';
import { drop, list, retry, textOf } from './dead-letters.ts';

const HELP = `npm run outbox -- <command>

Manages dead letters: events that their receiver has refused for good. While a service has some, /health/ready reports it as
degraded.

  list               Lists the dead letters: when they were added and refused, how often they were tried, the reason, the event
  retry <id>|--all   Moves dead letters back to their queue. The service delivers them within a second
  drop <id>          Deletes a dead letter. Nothing delivers that event any more

The command reads the databases of the system that npm start runs, in the folder REPUTABLE_DATA; with DATABASE_URL in the
environment, that database alone.
`;

const databases = () => findDatabases(process.env);

const commands: Readonly<Record<string, (id: string | undefined, all: boolean) => Promise<string>>> = {
  list: async () => textOf(await list(await databases())),
  retry: async (id, all) => {
    if ((id === undefined) !== all) throw new UsageError('Name a dead letter by its id, or add --all.');
    return `Moved back to their queues: ${await retry(await databases(), id)}.\n`;
  },
  drop: async (id) => {
    if (id === undefined) throw new UsageError('Name the dead letter to delete by its id.');
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
    const run = commands[command];
    if (!run) throw new UsageError(`Unknown command: ${command}.`);
    process.stdout.write(await run(id, all));
  },
});
