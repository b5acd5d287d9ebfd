import { GRPC_SERVICES } from '@reputable/contracts/registry';
import { DEMO_ACCOUNTS, type DemoData } from './seed.ts';
import type { System } from './system.ts';

/** What is printed when everything runs: what is where, whom to log in as, and what to try. */
export function summary({ urls, ports, dataDir, databaseUrl, processes }: System, { password, postId }: DemoData): string {
  const where = [
    ['gateway', `${urls.graphql}  GraphQL; to look around in a browser: /graphiql`],
    ['auth', `${urls.jwks}  public keys`],
    ...GRPC_SERVICES.map((name) => [name, `localhost:${String(ports[name])}  gRPC, mutual TLS, process ${String(processes[name].pid)}`]),
    ['postgres', `${new URL(databaseUrl('user')).host}  one database a service`],
    ['data', dataDir],
  ];
  const accounts = DEMO_ACCOUNTS.map((account) => [
    account.email,
    account.roles.join() || 'no role',
    `reputation ${String(1 + account.events.reduce((sum, [, delta]) => sum + delta, 0))}`,
  ]);
  const logIn = `{"query":"mutation { logIn(input: { email: \\"member@example.com\\", password: \\"${password}\\" }) { accessToken } }"}`;
  const vote = `{"query":"mutation { upvotePost(id: \\"${postId}\\") { title score myVote } }"}`;
  const curl = `curl -s ${urls.graphql} -H 'content-type: application/json'`;
  return [
    '',
    'Reputable runs.',
    '',
    table(where),
    '',
    `Demo accounts, password ${password}`,
    '',
    table(accounts),
    '',
    'Try a vote. It needs 15 reputation: log in as newcomer@example.com to be told so.',
    '',
    `  TOKEN=$(${curl} -d '${logIn}' | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')`,
    `  ${curl} -H "authorization: Bearer $TOKEN" -d '${vote}'`,
    '',
    'Ctrl-C stops everything.',
    '',
  ].join('\n');
}

/** Rows in columns, each as wide as its widest cell. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()).join('\n');
}
