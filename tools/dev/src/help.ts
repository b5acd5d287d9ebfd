import { PORT_SETTINGS } from './ports.ts';

const WHAT: Readonly<Record<string, string>> = {
  gateway: 'GraphQL, at /graphql',
  authHttp: 'the keys of auth, at /.well-known/jwks.json',
};
const WIDTH = Math.max(18, ...Object.values(PORT_SETTINGS).map(([setting]) => setting.length));

/** What `npm start -- --help` prints. */
export const HELP = `npm start
npm run dev

Starts all of Reputable on this machine: PostgreSQL and all services. The first start makes the demo accounts, later
ones keep the data. Ctrl-C stops everything; a second Ctrl-C does not wait.

npm run dev watches as well. After a change it restarts the services that are made of what changed, by the dependencies in
each package.json; after a change in proto/ it runs npm run proto first. What cannot be run is told, and the rest goes on.

  --inspect <service>[:<port>]   lets a debugger attach to that service, at port 9229 unless you say otherwise

Settings, from the environment:
${Object.entries(PORT_SETTINGS)
  .map(([name, [setting, port]]) => `  ${setting.padEnd(WIDTH)} ${String(port).padEnd(8)} port of ${WHAT[name] ?? `${name}, gRPC`}`)
  .join('\n')}
  ${'REPUTABLE_DATA'.padEnd(WIDTH)} .data    folder for data, certificates and secrets; delete it to start over
  ${'LOG_LEVEL'.padEnd(WIDTH)} info     how much the services say: debug, info, warn, error
  ${'NO_COLOR'.padEnd(WIDTH)}          set to anything: no colours
`;
