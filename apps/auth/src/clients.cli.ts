import { runCommand, UsageError } from '@reputable/cli';
import { field } from '@reputable/request';
import type { parseArgs, ParseArgsOptionsConfig } from 'node:util';
import type { ClientMetadata } from 'oidc-provider';
import { withDatabase } from './cli-settings.ts';
import { CLIENT_SCOPES, type ClientKind } from './client/client-metadata.ts';
import { ClientRegistry } from './client/client-registry.ts';
import { Session } from './session/session.entity.ts';
import { endSessionsOfClient } from './session/session.service.ts';

const SCOPE_LINES = [CLIENT_SCOPES.slice(0, 3), CLIENT_SCOPES.slice(3, 6), CLIENT_SCOPES.slice(6)]
  .map((scopes) => `${' '.repeat(40)}${scopes.join(', ')}`)
  .join(',\n');

const HELP = `npm run clients -- <command> [--settings <file>]

Manages the OAuth clients of third-party applications. A change takes effect at once.

  list                     Lists the clients
  add --name <name> ...    Registers a client and prints its id and its secret. The database has only a hash of the secret
      --redirect-uri <uri>              Allows a redirect URI: https, or http on localhost. Repeatable
      --post-logout-redirect-uri <uri>  Allows a redirect URI after log-out. Repeatable
      --back-channel-logout-uri <uri>   Sends a logout token there when a session ends. Default: none
      --scope "<scopes>"                Allows scopes, separated by spaces. Default: "openid". The scopes:
${SCOPE_LINES}
      --public                          Registers a client without a secret, which runs in a browser or on a device
      --pushed                          Refuses authorization requests that were not pushed (RFC 9126)
      --dpop                            Refuses token requests without a proof of possession (RFC 9449)
      --machine                         Registers a client without users and redirect URIs (client credentials)
  remove <id>              Removes a client and ends all its sessions

The command needs DATABASE_URL and KEY_ENCRYPTION_KEY of the auth service. It reads them from the file if given (lines of
NAME=value), else from the environment, else from secrets/auth.env in .data (or REPUTABLE_DATA), which \`npm start\` writes.
`;

const options = {
  settings: { type: 'string' },
  name: { type: 'string' },
  'redirect-uri': { type: 'string', multiple: true },
  'post-logout-redirect-uri': { type: 'string', multiple: true },
  'back-channel-logout-uri': { type: 'string' },
  scope: { type: 'string' },
  public: { type: 'boolean' },
  machine: { type: 'boolean' },
  pushed: { type: 'boolean' },
  dpop: { type: 'boolean' },
} satisfies ParseArgsOptionsConfig;

/** The name of a client, which users see. */
const Name = field.line(1, 60);

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

const commands: Readonly<Record<string, (registry: ClientRegistry, values: Values, id: string | undefined) => Promise<void>>> = {
  list,
  add,
  remove: async (registry, _values, id) => {
    if (id === undefined) throw new UsageError('Missing client id. Run `list` to see the ids.');
    const ended = await registry.remove(id);
    say(`Removed client ${id}. Ended sessions: ${ended}.`);
  },
};

async function list(registry: ClientRegistry): Promise<void> {
  const clients = await registry.list();
  if (clients.length === 0) say('No clients are registered.');
  for (const { metadata, createdAt } of clients) {
    const { client_id: id, client_name: name = '', redirect_uris: uris = [], scope = '', api_scope: api } = metadata;
    const scopes = [scope, ...(typeof api === 'string' ? [api] : [])].join(' ');
    say([id, createdAt.toISOString(), kindOf(metadata), name, `[${scopes}]`, ...uris].join('  '));
  }
}

async function add(registry: ClientRegistry, values: Values): Promise<void> {
  const { data: name, error } = Name.safeParse(values.name ?? '');
  if (error) throw new UsageError(`Invalid --name. ${error.issues[0]?.message ?? ''}`);
  if (values.public && values.machine) throw new UsageError('--public and --machine exclude each other. Give one of them.');
  const { id, secret } = await registry.add({
    name,
    kind: values.public ? 'public' : values.machine ? 'machine' : 'confidential',
    redirectUris: values['redirect-uri'] ?? [],
    postLogoutRedirectUris: values['post-logout-redirect-uri'] ?? [],
    backChannelLogOutUri: values['back-channel-logout-uri'],
    mustPush: values.pushed ?? false,
    mustProve: values.dpop ?? false,
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
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new UsageError(`Unknown command: ${name}`);
  await withDatabase(values.settings, [Session], (dataSource) => command(new ClientRegistry(dataSource, endSessionsOfClient), values, id));
}

await runCommand({
  name: 'npm run clients',
  help: HELP,
  options,
  words: 2,
  run: async (values, [name, id]) => {
    if (name === undefined) return void process.stdout.write(HELP);
    await main(values, name, id);
  },
});
