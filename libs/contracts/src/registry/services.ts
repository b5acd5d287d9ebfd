/** A service of this workspace. The launcher, the tests, docker-compose, the documentation and the generator derive from it. */
export interface Service {
  /** The name of its folder in apps/, its certificate, its database and its package in proto/. */
  readonly name: string;
  /** The port for HTTP, if it listens on one. */
  readonly http?: number;
  /** The port for gRPC, if it listens on one. */
  readonly grpc?: number;
  /** Whether it has a database of its own. */
  readonly database: boolean;
  /**
   * The services that it calls to handle a request. These start first. Calls to auth for the revocation stream, for revocations and for Transaction
   * Tokens need no entry.
   */
  readonly calls: readonly string[];
  /**
   * The services that its outbox delivers events to, besides those that it calls. They may start later, and may call it: no request waits for
   * an event.
   */
  readonly informs: readonly string[];
  /** The settings for secrets of 32 random bytes. Services that list the same secret share its value. */
  readonly secrets: readonly string[];
}

/** The default of TRUST_DOMAIN: the trust domain of the SPIFFE IDs in the certificates. */
export const TRUST_DOMAIN = 'reputable.local';

/** The registry: every service of this workspace. Run `npm run docs` after a change; it writes the files that derive from it. */
export const services = [
  {
    name: 'gateway',
    http: 3000,
    database: false,
    calls: ['auth', 'user', 'post', 'comment'],
    informs: [],
    secrets: ['OIDC_CLIENT_SECRET', 'SESSION_ENCRYPTION_KEY'],
  },
  {
    name: 'auth',
    http: 3001,
    grpc: 50051,
    database: true,
    calls: ['user'],
    informs: ['post', 'comment'],
    secrets: ['KEY_ENCRYPTION_KEY', 'OIDC_CLIENT_SECRET'],
  },
  { name: 'user', grpc: 50052, database: true, calls: [], informs: [], secrets: [] },
  { name: 'post', grpc: 50053, database: true, calls: ['user'], informs: ['comment'], secrets: [] },
  { name: 'comment', grpc: 50054, database: true, calls: ['post'], informs: ['user'], secrets: [] },
] as const satisfies readonly Service[];
