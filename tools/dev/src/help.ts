import { PORT_SETTINGS } from './ports.ts';

const WHAT: Readonly<Record<string, string>> = {
  gateway: 'GraphQL, at /graphql',
  authHttp: 'the keys of auth, at /.well-known/jwks.json',
  mailboxHttp: 'the mailbox, a page with the mails that the services send',
  mailboxSmtp: 'the mailbox, SMTP',
  provider: 'the outside provider, if it runs',
  collector: 'the collector of traces, for npm run traces',
  realm: 'the authorization server of --issuer',
};
const WIDTH = Math.max(18, ...Object.values(PORT_SETTINGS).map(([setting]) => setting.length));

/** The text of `npm start -- --help`. */
export const HELP = `npm start
npm run dev

Starts PostgreSQL, a mailbox and all services on this machine. The first start creates the demo accounts; later starts keep the
data. Ctrl-C stops everything; a second Ctrl-C does not wait.

npm run dev also watches the sources. It restarts the services that a change affects, by the dependencies in each
package.json, and runs npm run proto after a change in proto/. After a change with a syntax error, it restarts no service.

  --with-provider                also starts an outside OpenID provider, where you can log in as any user
  --issuer keycloak-like         also starts an authorization server with access tokens like Keycloak's; browsers log in there
  --tls                          serves gateway and auth also by https, with certificates of the CA in .data/pki; Safari needs it
  --replicas post=3,gateway=2    runs several processes of a service, 1 to 9; the first has the ports below, the others have free ones
  --inspect <service>[:<port>]   opens a port for a debugger of that service; 9229 unless given

Settings, from the environment:
${Object.entries(PORT_SETTINGS)
  .map(([name, [setting, port]]) => `  ${setting.padEnd(WIDTH)} ${String(port).padEnd(8)} port of ${WHAT[name] ?? `${name}, gRPC`}`)
  .join('\n')}
  ${'REPUTABLE_DATA'.padEnd(WIDTH)} .data    folder for data, certificates and secrets; delete it to start again
  ${'LOG_LEVEL'.padEnd(WIDTH)} info     level of the services' logs: debug, info, warn, error
  ${'TOKENS_INSIDE'.padEnd(WIDTH)} jwt      tokens that the gateway sends to services: jwt, or txn for Transaction Tokens
  ${'OTEL_*'.padEnd(WIDTH)}          with OTEL_EXPORTER_OTLP_ENDPOINT, services send spans there, and no collector runs;
  ${''.padEnd(WIDTH)}          OTEL_SDK_DISABLED=true turns OpenTelemetry and the collector off
  ${'NO_COLOR'.padEnd(WIDTH)}          any value turns colours off
`;
