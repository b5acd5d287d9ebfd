import { GRPC_SERVICES } from '@reputable/contracts/registry';
import type { DemoData } from '@reputable/playground';
import type { Provider } from '@reputable/provider';
import { join } from 'node:path';
import { type ReplicaName, serviceOf } from './replicas.ts';
import { DEMO_ACCOUNTS, reputationOf } from './seed.ts';
import type { System } from './system.ts';

/** The text that `npm start` prints when all services are ready: addresses, demo accounts and a first request. */
export function summary(
  { urls, ports, provider, collector, realm, dataDir, databaseUrl, replicas, processes }: System,
  { password, postId }: DemoData,
): string {
  const where = [
    ['page', `${urls.origin}/  shows the path of requests, and tries attacks`],
    ['gateway', `${urls.graphql}  GraphQL; in a browser: ${urls.origin}/graphiql`],
    ['auth', `${urls.jwks}  public keys`],
    ...GRPC_SERVICES.map((name) => [name, `localhost:${String(ports[name])}  gRPC, mutual TLS, process ${String(processes[name].pid)}`]),
    ...replicas.filter((name) => name !== serviceOf(name)).map((name) => [name, addressOf(name, processes[name])]),
    ['mailbox', `${urls.mailbox}  mails that the services send`],
    ...(provider ? [['provider', `${provider.issuer}  an outside OpenID provider, on the log-in page`]] : []),
    ...(collector ? [['traces', `npm run traces  prints the last request; ${collector.url}/traces/latest: as JSON`]] : []),
    ...(realm ? [['realm', `${realm.issuer}  the authorization server, in place of ours`]] : []),
    ['postgres', `${new URL(databaseUrl('user')).host}  one database per service`],
    ['data', dataDir],
    ...(urls.origin.startsWith('https:') ? [['CA', `${join(dataDir, 'pki/gateway/ca.crt')}  your browser must trust it`]] : []),
  ];
  return [
    '',
    'Reputable runs.',
    '',
    table(where),
    '',
    ...(realm ? logInAtRealm(realm, urls.origin, postId) : logInHere(urls.graphql, password, postId)),
    '',
    'Ctrl-C stops everything.',
    '',
  ].join('\n');
}

/** The address of a further replica. A gateway has no gRPC. */
function addressOf(replica: ReplicaName, started: System['processes'][ReplicaName] | undefined): string {
  const { grpc, http } = started?.ports ?? {};
  return grpc === undefined
    ? `http://localhost:${String(http)}/graphql  another gateway`
    : `localhost:${String(grpc)}  another replica of ${serviceOf(replica)}, process ${String(started?.pid)}`;
}

/** The demo accounts, and a first request with the password of one. */
function logInHere(graphql: string, password: string, postId: string): string[] {
  const accounts = DEMO_ACCOUNTS.map((account) => [
    account.email,
    account.roles.join() || 'no role',
    `reputation ${String(reputationOf(account))}`,
  ]);
  const logIn = `{"query":"mutation { logIn(input: { email: \\"member@example.com\\", password: \\"${password}\\" }) { accessToken } }"}`;
  const vote = `{"query":"mutation { upvotePost(id: \\"${postId}\\") { title score myVote } }"}`;
  const curl = `curl -s ${graphql} -H 'content-type: application/json'`;
  return [
    `Demo accounts, password ${password}`,
    '',
    table(accounts),
    '',
    'Cast a vote. It needs 15 reputation: newcomer@example.com is refused.',
    '',
    `  TOKEN=$(${curl} -d '${logIn}' | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')`,
    `  ${curl} -H "authorization: Bearer $TOKEN" -d '${vote}'`,
  ];
}

/** The people of the realm, and a first request in a browser in which one of them is logged in. */
function logInAtRealm(realm: Provider, origin: string, postId: string): string[] {
  const people = [...realm.people.values()].map(({ name, roles = [] }) => [name, roles.join() || 'no role']);
  return [
    `Log in as a user of the realm: ${origin}/auth/login?returnTo=/graphiql`,
    '',
    table(people),
    '',
    'Cast a vote in GraphiQL. It needs 15 reputation: Noa Newcomer is refused.',
    '',
    `  mutation { upvotePost(id: "${postId}") { title score myVote } }`,
  ];
}

/** Pads the cells of each column to the same width. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()).join('\n');
}
