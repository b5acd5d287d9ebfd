import { runCommand, UsageError } from '@reputable/cli';
import { once } from 'node:events';
import { exportEvents, type ExportFilter } from './audit/audit-export.ts';
import { EVENT_TYPES } from './audit/event-type.ts';
import { withDatabaseAlone } from './cli-settings.ts';

const HELP = `npm run audit -- [--since <time>] [--type <type>] [--user <id>] [--txn <id>] [--settings <file>]

Prints the events of the audit log as JSON, one a line, in the order in which auth recorded them. docs/audit.md lists the types and the fields.

  --since <time>   Prints the events that auth recorded at that time or later, as in 2026-01-31 or 2026-01-31T09:00:00Z
  --type <type>    Prints the events of one type
  --user <id>      Prints the events that are about a user or that the user caused
  --txn <id>       Prints the events of one transaction, in all services (TOKENS_INSIDE=txn of the gateway)

The command needs DATABASE_URL of the auth service. It reads it from the file if given (lines of NAME=value), else from the
environment, else from secrets/auth.env in .data (or REPUTABLE_DATA), which \`npm start\` writes.
`;

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

interface Values {
  readonly since?: string | undefined;
  readonly type?: string | undefined;
  readonly user?: string | undefined;
  readonly txn?: string | undefined;
}

/** @throws UsageError */
function filterOf({ since, type, user, txn }: Values): ExportFilter {
  const time = since === undefined ? undefined : new Date(since);
  if (time && Number.isNaN(time.getTime())) throw new UsageError(`Invalid time: ${String(since)}. Give one such as 2026-01-31T09:00:00Z.`);
  if (type !== undefined && !(EVENT_TYPES as readonly string[]).includes(type))
    throw new UsageError(`Unknown type: ${type}. The types: ${EVENT_TYPES.join(', ')}.`);
  if (user !== undefined && !UUID.test(user)) throw new UsageError(`Invalid user id: ${user}. Give a UUID.`);
  if (txn !== undefined && !UUID.test(txn)) throw new UsageError(`Invalid txn: ${txn}. Give a UUID.`);
  return { since: time, type, user: user?.toLowerCase(), txn: txn?.toLowerCase() };
}

await runCommand({
  name: 'npm run audit',
  help: HELP,
  options: {
    since: { type: 'string' },
    type: { type: 'string' },
    user: { type: 'string' },
    txn: { type: 'string' },
    settings: { type: 'string' },
  },
  words: 0,
  run: async ({ settings, ...values }) => {
    const filter = filterOf(values);
    await withDatabaseAlone(settings, async (dataSource) => {
      for await (const event of exportEvents(dataSource, filter)) {
        if (!process.stdout.write(`${JSON.stringify(event)}\n`)) await once(process.stdout, 'drain');
      }
    });
  },
});
