import { entryOf, peersOf, type ServiceName, TRUST_DOMAIN, urlSettingOf } from '@reputable/contracts/registry';
import { join } from 'node:path';
import { httpPortOf, type Ports } from './ports.ts';
import type { Secrets } from './secret.ts';

/** All users of a local system share one IP address, so the limits of one address are those of many. */
const ONE_ADDRESS = { LIMIT_LOG_IN_ADDRESS: '100000/900', LIMIT_REGISTRATION: '100000/3600', LIMIT_TOKEN_ADDRESS: '100000/900' };

/** The address that auth sends mail from. */
const MAIL_FROM = 'Reputable <no-reply@example.com>';

/** The ports of services for http behind a front that ends TLS. */
export type BehindTls = Readonly<Record<'gateway' | 'auth', number>>;

/** What the settings of the services are made from. */
export interface Surroundings {
  readonly ports: Ports;
  /** The ports at which gateway and auth listen for http behind {@link TlsFront}s; undefined without. */
  readonly behindTls?: BehindTls | undefined;
  readonly pki: string;
  readonly secrets: Secrets;
  /** The socket of the page at `/`, if it is served. */
  readonly playground?: string | undefined;
  readonly databaseUrls: ReadonlyMap<ServiceName, string>;
  /** Where the services send their spans, if anywhere. */
  readonly collectorUrl: string | undefined;
}

/** The settings of the export to the launcher's collector, which reads spans as JSON. A page or a person waits for them. */
const exportTo = (collectorUrl: string) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_BSP_SCHEDULE_DELAY: '200',
});

/** The environment of a service: see its config.ts. */
export function settingsOf(name: ServiceName, surroundings: Surroundings): Record<string, string> {
  const { ports, pki, secrets, databaseUrls, collectorUrl, playground, behindTls } = surroundings;
  const entry = entryOf(name);
  const databaseUrl = databaseUrls.get(name);
  return {
    NODE_ENV: 'development',
    // No balancer sends requests.
    SHUTDOWN_DELAY_MS: '0',
    TLS_DIR: join(pki, name),
    TRUST_DOMAIN,
    ISSUER: `http://localhost:${String(ports.authHttp)}`,
    ...Object.fromEntries(peersOf(entry).map((peer) => [urlSettingOf(peer), `localhost:${String(ports[peer])}`])),
    ...(entry.http !== undefined && { PORT: String(ports[httpPortOf(entry)]) }),
    ...(entry.grpc !== undefined && { GRPC_PORT: String(ports[name]) }),
    ...(name === 'auth' && {
      GATEWAY_URL: `http://localhost:${String(ports.gateway)}`,
      SMTP_URL: `smtp://localhost:${String(ports.mailboxSmtp)}`,
      MAIL_FROM,
      ...ONE_ADDRESS,
    }),
    ...(behindTls && settingsBehindTls(name, ports, behindTls)),
    ...(name === 'gateway' && playground !== undefined && { PLAYGROUND_SOCKET: playground }),
    ...Object.fromEntries(entry.secrets.map((secret) => [secret, secrets[secret]])),
    ...(collectorUrl !== undefined && exportTo(collectorUrl)),
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
  };
}

/** With TLS, browsers use https, and services use http on this machine. */
function settingsBehindTls(name: ServiceName, ports: Ports, inner: BehindTls): Record<string, string> {
  const [auth, gateway] = [`https://localhost:${String(ports.authHttp)}`, `https://localhost:${String(ports.gateway)}`];
  const direct = `http://localhost:${String(inner.auth)}`;
  return {
    ISSUER: auth,
    JWKS_URI: `${direct}/.well-known/jwks.json`,
    ...(name === 'auth' && { PORT: String(inner.auth), GATEWAY_URL: gateway }),
    ...(name === 'gateway' && { PORT: String(inner.gateway), PUBLIC_URL: gateway, AUTHORIZATION_SERVER_URL: `${direct}/oidc` }),
  };
}
