import { CliError, runCommand, UsageError } from '@reputable/cli';
import { GRANTABLE_SCOPES } from '@reputable/contracts';
import { valid } from '@reputable/request';
import type { parseArgs, ParseArgsOptionsConfig } from 'node:util';
import { Account } from './account/account.entity.ts';
import { withDatabase } from './cli-settings.ts';
import { PersonalAccessToken } from './personal-access-token/personal-access-token.entity.ts';
import { CreatePersonalAccessToken } from './personal-access-token/personal-access-token.requests.ts';
import { PersonalAccessTokens } from './personal-access-token/personal-access-tokens.ts';
import { Session } from './session/session.entity.ts';
import { SessionService } from './session/session.service.ts';

const HELP = `npm run tokens -- <command> --email <address> [--settings <file>]

Manages the personal access tokens of a user. A change takes effect at once.

  list            Lists the user's valid tokens
  create          Creates a token and prints it. The database has only a hash of it
      --name <name>         Names the token, 1 to 100 characters
      --scope "<scopes>"    Grants scopes, separated by spaces:
                            ${Object.keys(GRANTABLE_SCOPES).join(', ')}
      --days <number>       Expires after 1 to 366 days. Default: 90
  revoke <id>     Revokes a token

The command finds its settings as \`npm run clients\` does.
`;

const options = {
  settings: { type: 'string' },
  email: { type: 'string' },
  name: { type: 'string' },
  scope: { type: 'string' },
  days: { type: 'string' },
} satisfies ParseArgsOptionsConfig;

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

/** The tokens of one account. */
interface Owner {
  readonly tokens: PersonalAccessTokens;
  readonly accountId: string;
}

const commands: Readonly<Record<string, (owner: Owner, values: Values, id: string | undefined) => Promise<void>>> = {
  list: async ({ tokens, accountId }) => {
    const rows = await tokens.list(accountId, 100, undefined);
    if (rows.length === 0) say('The user has no valid tokens.');
    for (const { id, scope, session } of rows) say([id, session.expiresAt.toISOString(), session.device, `[${scope}]`].join('  '));
  },
  create: async ({ tokens, accountId }, { name = '', scope = '', days = '0' }) => {
    const scopes = scope.split(' ').filter((each) => each !== '');
    const request = valid(CreatePersonalAccessToken, { name, scopes, expiresInDays: Number(days) });
    const { token, row } = await tokens.create(accountId, request);
    say(`id       ${row.id}`);
    say(`expires  ${row.session.expiresAt.toISOString()}`);
    say(`token    ${token}`);
  },
  revoke: async ({ tokens, accountId }, _values, id) => {
    if (id === undefined) throw new UsageError('Missing token id. Run `list` to see the ids.');
    const known = (await tokens.list(accountId, 100, undefined)).some((row) => row.id === id);
    if (!known || !(await tokens.sessions.endGrant(id, 'ended_by_user'))) throw new CliError(`The user has no valid token ${id}.`);
    say(`Revoked token ${id}.`);
  },
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(values: Values, name: string, id: string | undefined): Promise<void> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new UsageError(`Unknown command: ${name}`);
  const { email, settings } = values;
  if (email === undefined) throw new UsageError('Missing user. Give --email.');
  await withDatabase(settings, [Account, PersonalAccessToken, Session], async (dataSource) => {
    const account = await dataSource.getRepository(Account).findOneBy({ email: email.trim().toLowerCase(), state: 'active' });
    if (!account) throw new CliError(`No user has the e-mail address ${email}.`);
    const sessions = new SessionService(dataSource.getRepository(Session), { announce: () => Promise.resolve() });
    const tokens = new PersonalAccessTokens(dataSource.getRepository(PersonalAccessToken), sessions);
    await command({ tokens, accountId: account.id }, values, id);
  });
}

await runCommand({
  name: 'npm run tokens',
  help: HELP,
  options,
  words: 2,
  run: async (values, [name, id]) => {
    if (name === undefined) return void process.stdout.write(HELP);
    await main(values, name, id);
  },
});
