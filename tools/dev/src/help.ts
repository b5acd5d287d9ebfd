import { PORT_SETTINGS } from './ports.ts';

const WHAT = {
  gateway: 'GraphQL, at /graphql',
  authHttp: 'the keys of auth, at /.well-known/jwks.json',
  auth: 'auth, gRPC',
  user: 'user, gRPC',
  post: 'post, gRPC',
  comment: 'comment, gRPC',
} as const satisfies Record<keyof typeof PORT_SETTINGS, string>;

/** What `npm start -- --help` prints. */
export const HELP = `npm start

Starts all of Reputable on this machine: PostgreSQL and the five services. The first start makes the demo accounts, later
ones keep the data. Ctrl-C stops everything; a second Ctrl-C does not wait.

Settings, from the environment:
${Object.entries(PORT_SETTINGS)
  .map(([name, [setting, port]]) => `  ${setting.padEnd(18)} ${String(port).padEnd(8)} port of ${WHAT[name as keyof typeof WHAT]}`)
  .join('\n')}
  REPUTABLE_DATA     .data    folder for data, certificates and secrets; delete it to start over
  LOG_LEVEL          info     how much the services say: debug, info, warn, error
  NO_COLOR                    set to anything: no colours
`;
