import { join } from 'node:path';
import type { Ports } from './ports.ts';

/** Every service, in the order in which people read of them. */
export const SERVICES = ['gateway', 'auth', 'user', 'post', 'comment'] as const;
export type ServiceName = (typeof SERVICES)[number];

export const TRUST_DOMAIN = 'reputable.local';

/** Which others a service calls, if only to hear from auth which tokens are revoked: it is told where those are, and no more. */
const CALLS: Record<ServiceName, readonly Exclude<ServiceName, 'gateway'>[]> = {
  gateway: ['auth', 'user', 'post', 'comment'],
  auth: ['user'],
  user: ['auth'],
  post: ['auth', 'user'],
  comment: ['auth', 'user', 'post'],
};

/** On this machine everybody has one address, the demo and the tests included: it may do what many addresses may. */
const ONE_ADDRESS = { LIMIT_LOG_IN_ADDRESS: '100000/900', LIMIT_REGISTRATION: '100000/3600', LIMIT_TOKEN_ADDRESS: '100000/900' };

/** What the settings of the services are made from. */
export interface Surroundings {
  readonly ports: Ports;
  readonly pki: string;
  readonly keyEncryptionKey: string;
  readonly databaseUrls: ReadonlyMap<ServiceName, string>;
}

/** Whether a service keeps data. */
export function hasDatabase(name: ServiceName): boolean {
  return name !== 'gateway';
}

/** The environment of a service: see its config.ts. */
export function settingsOf(name: ServiceName, { ports, pki, keyEncryptionKey, databaseUrls }: Surroundings): Record<string, string> {
  const databaseUrl = databaseUrls.get(name);
  return {
    NODE_ENV: 'development',
    TLS_DIR: join(pki, name),
    TRUST_DOMAIN,
    ISSUER: `http://localhost:${String(ports.authHttp)}`,
    ...Object.fromEntries(CALLS[name].map((other) => [`${other.toUpperCase()}_URL`, `localhost:${String(ports[other])}`])),
    ...(name === 'gateway' ? { PORT: String(ports.gateway) } : { GRPC_PORT: String(ports[name]) }),
    ...(name === 'auth' && { PORT: String(ports.authHttp), KEY_ENCRYPTION_KEY: keyEncryptionKey, ...ONE_ADDRESS }),
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
  };
}
