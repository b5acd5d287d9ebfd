import { runCommand, UsageError } from '@reputable/cli';
import { setTimeout } from 'node:timers/promises';
import { withDatabase } from './cli-settings.ts';
import { KeyStore, NextKeyTooYoung } from './key/key-store.ts';
import { SigningKey } from './key/signing-key.entity.ts';

const HELP = `npm run keys -- <command> [--settings <file>]

Manages the keys that sign access tokens. Running services apply a change within a second, without a restart.

  list           Lists the keys
  rotate         Makes the next key current, retires the current one and creates a new next one. Valid tokens stay valid.
                 Waits for half a minute at most if services may not know the next key yet
  revoke <kid>   Removes a leaked key at once. Services refuse tokens signed with it as soon as they fetch the keys again,
                 within five minutes. Clients then have to refresh
  replace        Removes all keys and creates new ones, encrypted with KEY_ENCRYPTION_KEY, which does not have to decrypt the old
                 ones. Use it if KEY_ENCRYPTION_KEY is lost or leaked, and restart every service afterwards

The command needs DATABASE_URL and KEY_ENCRYPTION_KEY of the auth service. It reads them from the file if given (lines of
NAME=value), else from the environment, else from secrets/auth.env in .data (or REPUTABLE_DATA), which \`npm start\` writes.
`;

const commands: Readonly<Record<string, (store: KeyStore, kid: string | undefined) => Promise<void>>> = {
  list,
  rotate: async (store) => {
    await rotate(store);
    await list(store);
  },
  revoke: async (store, kid) => {
    if (kid === undefined) throw new UsageError('Missing key id. Run `list` to see the ids.');
    await store.revoke(kid);
    await list(store);
  },
  replace: async (store) => {
    await store.replaceAll({ isNewEncryptionKey: true });
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
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new UsageError(`Unknown command: ${name}`);
  await withDatabase(settings, [SigningKey], (dataSource, { KEY_ENCRYPTION_KEY }) =>
    command(new KeyStore(dataSource, KEY_ENCRYPTION_KEY), kid),
  );
}

await runCommand({
  name: 'npm run keys',
  help: HELP,
  options: { settings: { type: 'string' } },
  words: 2,
  run: async ({ settings }, [name, kid]) => {
    if (name === undefined) return void process.stdout.write(HELP);
    await main(settings, name, kid);
  },
});
