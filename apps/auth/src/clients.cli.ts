import { patiently, runCommand, UsageError } from '@reputable/cli';
import { dataSourceOptions } from '@reputable/database';
import type { parseArgs, ParseArgsOptionsConfig } from 'node:util';
import type { ClientMetadata } from 'oidc-provider';
import { DataSource } from 'typeorm';
import { readSettings, toldInALine } from './cli-settings.ts';
import type { ClientKind } from './client/client-metadata.ts';
import { ClientRegistry } from './client/client-registry.ts';
import { Session } from './session/session.entity.ts';
import { endSessionsOfClient } from './session/session.service.ts';

const HELP = `npm run clients -- <command> [--settings <file>]

The applications of others, to which people can log in with their account. The service notices a change at once.

  list                     shows them
  add --name <name> ...    registers one, and shows its id, and its secret: once, as only a hash of it is kept
      --redirect-uri <uri>              where people are sent back to, exactly: https, or http on localhost. May be repeated
      --post-logout-redirect-uri <uri>  the same, after logging out
      --scope "<scopes>"                what it may ask for: openid, profile, email, api. "openid" unless given
      --public                          it runs in the browser or on a device, and can keep no secret
      --machine                         it acts for itself, without a person (client credentials): no redirect URI
  remove <id>              removes one and ends all its sessions

DATABASE_URL and KEY_ENCRYPTION_KEY, those of the auth service, come from the file, if one is given (lines of NAME=value);
else from the environment; else from secrets/auth.env in .data (or REPUTABLE_DATA), where \`npm start\` leaves them.
`;

const options = {
  settings: { type: 'string' },
  name: { type: 'string' },
  'redirect-uri': { type: 'string', multiple: true },
  'post-logout-redirect-uri': { type: 'string', multiple: true },
  scope: { type: 'string' },
  public: { type: 'boolean' },
  machine: { type: 'boolean' },
} satisfies ParseArgsOptionsConfig;

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

const commands: Readonly<Record<string, (registry: ClientRegistry, values: Values, id: string | undefined) => Promise<void>>> = {
  list,
  add,
  remove: async (registry, _values, id) => {
    if (id === undefined) throw new UsageError('Which client? `list` shows them.');
    const ended = await registry.remove(id);
    say(`Removed ${id}, and ended its sessions: ${ended}.`);
  },
};

async function list(registry: ClientRegistry): Promise<void> {
  const clients = await registry.list();
  if (clients.length === 0) say('There are none yet.');
  for (const { metadata, createdAt } of clients) {
    const { client_id: id, client_name: name = '', redirect_uris: uris = [], scope = '', api_scope: api } = metadata;
    const scopes = [scope, ...(typeof api === 'string' ? [api] : [])].join(' ');
    say([id, createdAt.toISOString(), kindOf(metadata), name, `[${scopes}]`, ...uris].join('  '));
  }
}

async function add(registry: ClientRegistry, values: Values): Promise<void> {
  const name = values.name?.trim() ?? '';
  if (name === '' || name.length > 60) throw new UsageError('What is it called? Give --name, with 60 characters at most.');
  if (values.public && values.machine) throw new UsageError('Is it --public or --machine? It cannot be both.');
  const { id, secret } = await registry.add({
    name,
    kind: values.public ? 'public' : values.machine ? 'machine' : 'confidential',
    redirectUris: values['redirect-uri'] ?? [],
    postLogoutRedirectUris: values['post-logout-redirect-uri'] ?? [],
    scopes: (values.scope ?? '').split(' ').filter((scope) => scope !== ''),
  });
  say(`client_id      ${id}`);
  if (secret !== undefined) say(`client_secret  ${secret}`);
}

function kindOf({ token_endpoint_auth_method: method, grant_types: grants }: ClientMetadata): ClientKind {
  if (method === 'none') return 'public';
  return grants?.includes('client_credentials') ? 'machine' : 'confidential';
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(values: Values, name: string, id: string | undefined): Promise<void> {
  const command = commands[name];
  if (!command) throw new UsageError(`There is no command "${name}".`);
  const { DATABASE_URL } = readSettings(values.settings);
  const dataSource = new DataSource(dataSourceOptions({ url: DATABASE_URL, entities: [Session], migrations: [] }));
  await patiently('Waiting for the database', dataSource.initialize());
  try {
    await command(new ClientRegistry(dataSource, endSessionsOfClient), values, id);
  } finally {
    await dataSource.destroy();
  }
}

await runCommand({
  name: 'npm run clients',
  help: HELP,
  options,
  words: 2,
  run: async (values, [name, id]) => {
    if (name === undefined) return void process.stdout.write(HELP);
    await main(values, name, id).catch((error: unknown) => {
      throw toldInALine(error, 'There are no clients in this database: the auth service makes its tables when it first starts.');
    });
  },
});
