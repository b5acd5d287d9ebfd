import { databaseUrl } from '@reputable/database';
import { common, grpcTarget, port, required } from '@reputable/service';
import { z } from 'zod';
import { limits } from './throttle/limits.ts';

const KEY_BYTES = 32;

/** The settings of `npm run keys`. */
export const KeysConfig = z.object({
  /** The service's own database. */
  DATABASE_URL: databaseUrl(),
  /** What the private signing keys are encrypted with at rest: 32 random bytes in base64. Whoever has it and the database can sign. */
  KEY_ENCRYPTION_KEY: required(`${String(KEY_BYTES)} random bytes in base64, as \`openssl rand -base64 32\` makes them`)
    .transform((value) => (isBase64(value) ? new Uint8Array(Buffer.from(value, 'base64')) : undefined))
    .pipe(z.instanceof(Uint8Array, { error: 'must be base64.' }))
    .refine((key) => key.length === KEY_BYTES, { error: `must be ${String(KEY_BYTES)} bytes.` }),
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
  ...KeysConfig.shape,
  /** The port for HTTP, where the public keys are. */
  PORT: port(3001),
  /** The port for gRPC. */
  GRPC_PORT: port(50051),
  /** Where the user service is. */
  USER_URL: grpcTarget('user'),
  ...limits,
});

const isBase64 = (value: string) => /^[A-Za-z0-9+/]+={0,2}$/.test(value);
