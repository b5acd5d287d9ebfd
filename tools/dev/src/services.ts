import { join } from 'node:path';
import { SERVICES } from '@reputable/contracts';
import type { Ports } from './ports.ts';
import type { SecretName, Secrets } from './secret.ts';

export type ServiceName = (typeof SERVICES)[number];
/** All but the gateway: they speak gRPC, and keep data. */
type Callee = Exclude<ServiceName, 'gateway'>;

export const TRUST_DOMAIN = 'reputable.local';

/**
 * The port of each service for gRPC, unless it is given another one; and which others it calls, if only to hear from auth which tokens are
 * revoked: it is told where those are, and no more.
 */
export const CALLEES: Readonly<Record<Callee, { readonly port: number; readonly calls: readonly Callee[] }>> = {
  auth: { port: 50051, calls: ['user'] },
  user: { port: 50052, calls: ['auth'] },
  post: { port: 50053, calls: ['auth', 'user'] },
  comment: { port: 50054, calls: ['auth', 'user', 'post'] },
};

/** The gateway calls everybody. */
const callsOf = (name: ServiceName) => (name === 'gateway' ? SERVICES.filter(hasDatabase) : CALLEES[name].calls);

/** Which secrets a service has. */
const SECRETS_OF: Readonly<Partial<Record<ServiceName, readonly SecretName[]>>> = {
  gateway: ['OIDC_CLIENT_SECRET', 'SESSION_ENCRYPTION_KEY'],
  auth: ['KEY_ENCRYPTION_KEY', 'OIDC_CLIENT_SECRET'],
};

/** On this machine everybody has one address, the demo and the tests included: it may do what many addresses may. */
const ONE_ADDRESS = { LIMIT_LOG_IN_ADDRESS: '100000/900', LIMIT_REGISTRATION: '100000/3600', LIMIT_TOKEN_ADDRESS: '100000/900' };

/** What the settings of the services are made from. */
export interface Surroundings {
  readonly ports: Ports;
  readonly pki: string;
  readonly secrets: Secrets;
  readonly databaseUrls: ReadonlyMap<ServiceName, string>;
}

/** Whether a service keeps data. */
export function hasDatabase(name: ServiceName): name is Callee {
  return name !== 'gateway';
}

/** The environment of a service: see its config.ts. */
export function settingsOf(name: ServiceName, { ports, pki, secrets, databaseUrls }: Surroundings): Record<string, string> {
  const databaseUrl = databaseUrls.get(name);
  return {
    NODE_ENV: 'development',
    TLS_DIR: join(pki, name),
    TRUST_DOMAIN,
    ISSUER: `http://localhost:${String(ports.authHttp)}`,
    ...Object.fromEntries(callsOf(name).map((other) => [`${other.toUpperCase()}_URL`, `localhost:${String(ports[other])}`])),
    ...(name === 'gateway' ? { PORT: String(ports.gateway) } : { GRPC_PORT: String(ports[name]) }),
    ...(name === 'auth' && { PORT: String(ports.authHttp), GATEWAY_URL: `http://localhost:${String(ports.gateway)}`, ...ONE_ADDRESS }),
    ...Object.fromEntries((SECRETS_OF[name] ?? []).map((secret) => [secret, secrets[secret]])),
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
  };
}
