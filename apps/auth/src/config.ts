import { databaseSettings, databaseUrl } from '@reputable/database';
import { common, encryptionKey, grpcTarget, httpUrl, optionalPort, port, required, trustedProxies } from '@reputable/service';
import { z } from 'zod';
import { limits } from './throttle/limits.ts';

/** The settings of `npm run keys`. */
export const KeysConfig = z.object({
  /** The service's own database. */
  DATABASE_URL: databaseUrl(),
  /** What the private signing keys are encrypted with at rest: 32 random bytes in base64. Whoever has it and the database can sign. */
  KEY_ENCRYPTION_KEY: encryptionKey(),
});

/** Where `npm run keys` looks for its settings. */
export const KeysSource = z.object({
  /** If it is there, so are the others. */
  KEY_ENCRYPTION_KEY: z.string().optional(),
  /** Where `npm start` keeps what it runs on. */
  REPUTABLE_DATA: z.string().min(1).default('.data'),
});

/** The settings of the auth service. */
export const Config = z.object({
  ...common,
  ...databaseSettings,
  ...KeysConfig.shape,
  /** The port for HTTP, where the public keys are. */
  PORT: port(3001),
  /** The port for the same over TLS with the service's own certificate, for services that reach it through a network. */
  TLS_PORT: optionalPort(),
  /** The proxies that are believed when they say whose request they pass on, in X-Forwarded-For; none unless set. */
  TRUSTED_PROXIES: trustedProxies(),
  /** The port for gRPC. */
  GRPC_PORT: port(50051),
  /** Where the gateway is for the world: the API is a resource of this URL, and people who logged in are sent back to it. */
  GATEWAY_URL: httpUrl('where the gateway is for the world').default('http://localhost:3000'),
  /** The secret by which the gateway proves that it is the OAuth client `gateway`. */
  OIDC_CLIENT_SECRET: required('32 random bytes in base64, the same as the gateway has').min(32, {
    error: 'must have 32 characters at least.',
  }),
  /** Where the user service is. */
  USER_URL: grpcTarget('user'),
  ...limits,
});
