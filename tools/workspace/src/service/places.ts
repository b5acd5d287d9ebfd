import { composePlaces } from './compose-places.ts';
import { block, item, line, type Mention } from './mention.ts';

/** Everywhere that a service is named in a file which it shares with others. A spec looks that each is where this says. */
export const places: readonly Mention[] = [
  item('libs/contracts/src/names.ts', /(const SERVICES = \[)([^\]]*)(?=\] as const)/, ({ name }) => `'${name}'`),
  item('proto/reputable/auth/v1/auth.proto', /(rpc WatchRevocations\([^]*?callers: \[)([^\]]*)(?=\])/, ({ name }) => `"${name}"`),
  line(
    'tools/dev/src/services.ts',
    /^ {2}\w+: \{ port: \d+, calls: /,
    ({ name, port }) => `  ${name}: { port: ${port}, calls: ['auth'] },`,
    { beginning: ({ name }) => `${name}: { port: ` },
  ),
  line('apps/gateway/src/config.ts', /^ {2}\w+_URL: grpcTarget\(/, ({ name, NAME }) => `  ${NAME}_URL: grpcTarget('${name}'),`, {
    beginning: ({ NAME }) => `${NAME}_URL: grpcTarget(`,
  }),
  line(
    'apps/gateway/src/app.module.ts',
    /^import \{ \w+Service \} from '@reputable\/contracts\//,
    ({ name, Name }) => `import { ${Name}Service } from '@reputable/contracts/${name}/v1/${name}';`,
  ),
  line(
    'apps/gateway/src/app.module.ts',
    /^import \{ \w+Module \} from '\.\//,
    ({ name, Name }) => `import { ${Name}Module } from './${name}/${name}.module.ts';`,
  ),
  line(
    'apps/gateway/src/app.module.ts',
    /^ {2}\{ contract: \w+, service: /,
    ({ name, Name, NAME }) => `  { contract: ${Name}Service, service: '${name}', url: config.${NAME}_URL },`,
    { beginning: ({ Name }) => `{ contract: ${Name}Service, service: ` },
  ),
  line('apps/gateway/src/app.module.ts', /^ {4}\w+Module,$/, ({ Name }) => `    ${Name}Module,`),
  line('.env.example', /^#\w+_GRPC_PORT=/, ({ NAME, port }) => `#${NAME}_GRPC_PORT=${port}`, {
    beginning: ({ NAME }) => `#${NAME}_GRPC_PORT=`,
  }),
  line('.env.example', /^\w+_URL=dns:/, ({ name, NAME, port }) => `${NAME}_URL=dns:///${name}:${port}`, {
    beginning: ({ NAME }) => `${NAME}_URL=dns:`,
  }),
  block('.env.example', {
    heading: ({ name }) => `# == ${name} ==`,
    body: ({ name, port }) => settings(name, port),
    next: /^# == .* ==$/m,
  }),
  line('docs/architecture.md', /^\| `apps\/\w+` +\|/, ({ name, names }) => `| \`apps/${name}\` | ${names} |`, {
    beginning: ({ name }) => `| \`apps/${name}\` |`,
  }),
  line('docs/architecture.md', /^\| \w+ +\| none +\| \d+ +\|$/, ({ name, port }) => `| ${name} | none | ${port} |`, {
    beginning: ({ name }) => `| ${name} | none |`,
  }),
  line('docs/architecture.md', /^\| \w+ +\| \w+s, /, ({ name, names }) => `| ${name} | ${names} |`, {
    beginning: ({ name, names }) => `| ${name} | ${names}`,
  }),
  ...composePlaces,
];

const settings = (name: string, port: number) => `
#HOST=127.0.0.1
# The port for gRPC.
#GRPC_PORT=${port}
# The service's own database.
DATABASE_URL=postgres://${name}:secret@localhost:5432/${name}
#MIGRATE_AT_START=true
# Where the auth service listens: it tells which tokens are revoked.
AUTH_URL=dns:///auth:50051
TLS_DIR=/run/tls
#TRUST_DOMAIN=reputable.local
ISSUER=https://auth.example.com
#JWKS_URI=https://auth.example.com/.well-known/jwks.json
#REVOCATION_GRACE_S=60
#LOG_LEVEL=info
#NODE_ENV=production
`;
