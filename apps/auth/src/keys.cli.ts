import { patiently, runCommand, UsageError } from '@reputable/cli';
import { dataSourceOptions } from '@reputable/database';
import { setTimeout } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { readSettings, toldInALine } from './cli-settings.ts';
import { KeyStore, NextKeyTooYoung } from './key/key-store.ts';
import { SigningKey } from './key/signing-key.entity.ts';

const HELP = `npm run keys -- <command> [--settings <file>]

The keys that sign access tokens. Services that run notice a change within a second; nothing has to be restarted.

  list           shows the keys
  rotate         lets the next key sign, retires the current one, and makes a new next one. Tokens that are good stay good.
                 Waits, for half a minute at most, if the next key is so new that somebody may not know it yet.
  revoke <kid>   removes a key at once, because somebody else may have it. Tokens signed with it are refused within five
                 minutes, as services fetch the keys again, and people have to refresh.

DATABASE_URL and KEY_ENCRYPTION_KEY, those of the auth service, come from the file, if one is given (lines of NAME=value);
else from the environment; else from secrets/auth.env in .data (or REPUTABLE_DATA), where \`npm start\` leaves them.
`;

const commands: Readonly<Record<string, (store: KeyStore, kid: string | undefined) => Promise<void>>> = {
  list,
  rotate: async (store) => {
    await rotate(store);
    await list(store);
  },
  revoke: async (store, kid) => {
    if (kid === undefined) throw new UsageError('Which key? `list` shows them.');
    await store.revoke(kid);
    await list(store);
  },
};

async function rotate(store: KeyStore): Promise<void> {
  for (;;) {
    try {
      await store.rotate();
      return;
    } catch (error) {
      if (!(error instanceof NextKeyTooYoung)) throw error;
      say(error.message);
      await setTimeout(error.waitMs);
    }
  }
}

async function list(store: KeyStore): Promise<void> {
  for (const { kid, state, createdAt, activatedAt, retiredAt } of await store.list()) {
    const times = Object.entries({ created: createdAt, signed: activatedAt, retired: retiredAt });
    const known = times.flatMap(([what, at]) => (at ? [`${what} ${at.toISOString()}`] : []));
    say([kid, state.padEnd('current'.length), ...known].join('  '));
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(settings: string | undefined, name: string, kid: string | undefined): Promise<void> {
  const command = commands[name];
  if (!command) throw new UsageError(`There is no command "${name}".`);
  const { DATABASE_URL, KEY_ENCRYPTION_KEY } = readSettings(settings);
  const dataSource = new DataSource(dataSourceOptions({ url: DATABASE_URL, entities: [SigningKey], migrations: [] }));
  await patiently('Waiting for the database', dataSource.initialize());
  try {
    await command(new KeyStore(dataSource, KEY_ENCRYPTION_KEY), kid);
  } finally {
    await dataSource.destroy();
  }
}

await runCommand({
  name: 'npm run keys',
  help: HELP,
  options: { settings: { type: 'string' } },
  words: 2,
  run: async ({ settings }, [name, kid]) => {
    if (name === undefined) return void process.stdout.write(HELP);
    await main(settings, name, kid).catch((error: unknown) => {
      throw toldInALine(error, 'There are no keys in this database: the auth service makes them when it first starts.');
    });
  },
});
