import {
  addresses,
  common,
  encryptionKey,
  httpUrl,
  isPrivate,
  maxConnections,
  milliseconds,
  required,
  trustedProxies,
} from '@reputable/service';
import { z } from 'zod';
import { authorizationServer } from './browser-session/authorization-server.fields.ts';

/** The settings of the gateway. */
export const Config = z.object({
  ...common,
  ...addresses('gateway'),
  /** The gateway's origin for browsers; `http://localhost:<PORT>` unless set. */
  PUBLIC_URL: httpUrl("the gateway's origin for browsers")
    .transform((value) => new URL(value))
    .refine(({ pathname, search, hash, username }) => pathname === '/' && !search && !hash && !username, {
      error: 'must be an origin, as in https://example.com.',
    })
    .refine(isPrivate, { error: 'must be https, unless it is on this machine: browsers reject the cookies of other origins.' })
    .transform(({ origin }) => origin)
    .optional(),
  /** The URL of the authorization server for the gateway, if it is not the URL for browsers: `<ISSUER>/oidc`, or `AUTHORIZATION_SERVER`, unless set. */
  AUTHORIZATION_SERVER_URL: httpUrl("the authorization server's URL for the gateway").optional(),
  /** The secret of the OAuth client `gateway`. */
  OIDC_CLIENT_SECRET: required("32 random bytes in base64, the auth service's value").min(32, {
    error: 'must have at least 32 characters.',
  }),
  ...authorizationServer,
  /** The key that seals the tokens of browser sessions, together with each session's cookie: 32 random bytes in base64. After a change, all browsers must log in again. */
  SESSION_ENCRYPTION_KEY: encryptionKey(),
  /** Whether the gateway sends bearer tokens that are not auth's own to auth, which exchanges those of its `TOKEN_ISSUERS`. Otherwise it refuses them. */
  ISSUER_TOKENS: z.stringbool({ error: 'must be true or false.' }).default(false),
  /** The tokens that the gateway sends to services: `jwt`, one for all calls of a user, or `txn`, Transaction Tokens: one for reads, and one for each call with side effects. */
  TOKENS_INSIDE: z.enum(['jwt', 'txn'], { error: 'must be jwt or txn.' }).default('jwt'),
  /** How long a starting gateway sends queries to itself before it reports that it is ready, in milliseconds: 0 to 60000; 0: not at all. Then the first requests are slow. */
  WARM_UP_MS: milliseconds(0, 60_000).default(0),
  /** The Unix socket of the launcher's page, which `npm start` sets. With `NODE_ENV=development`, the gateway shows that page at `/`; otherwise it ignores the setting. */
  PLAYGROUND_SOCKET: z.string().optional(),
  /** The proxies whose X-Forwarded-For the gateway trusts: addresses and networks, separated by commas, as in 10.0.0.0/8,fd00::1. None unless set. */
  TRUSTED_PROXIES: trustedProxies(),
  /** The number of open HTTP connections: 1 to 100000. The service refuses further ones. */
  MAX_CONNECTIONS: maxConnections(),
});

/** The parsed settings of the gateway. */
export type Config = z.output<typeof Config>;
