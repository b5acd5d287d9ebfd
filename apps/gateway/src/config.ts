import { common, encryptionKey, grpcTarget, httpUrl, isPrivate, port, required, trustedProxies } from '@reputable/service';
import { z } from 'zod';

/** The settings of the gateway. */
export const Config = z.object({
  ...common,
  /** The port for HTTP. */
  PORT: port(3000),
  /** The origin by which browsers know the gateway; `http://localhost:<PORT>` unless set. */
  PUBLIC_URL: httpUrl('the origin by which browsers know the gateway')
    .transform((value) => new URL(value))
    .refine(({ pathname, search, hash, username }) => pathname === '/' && !search && !hash && !username, {
      error: 'must be an origin, as in https://example.com.',
    })
    .refine(isPrivate, { error: 'must be https, unless it is on this machine: browsers take our cookies from nowhere else.' })
    .transform(({ origin }) => origin)
    .optional(),
  /** Where the authorization server is for us, if browsers find it elsewhere: `<ISSUER>/oidc` unless set. */
  AUTHORIZATION_SERVER_URL: httpUrl('where the authorization server is for the gateway').optional(),
  /** The secret by which the gateway proves that it is the OAuth client `gateway`. */
  OIDC_CLIENT_SECRET: required('32 random bytes in base64, the same as the auth service has').min(32, {
    error: 'must have 32 characters at least.',
  }),
  /** What the tokens of browser sessions are sealed with, together with the session's cookie. */
  SESSION_ENCRYPTION_KEY: encryptionKey(),
  AUTH_URL: grpcTarget('auth'),
  USER_URL: grpcTarget('user'),
  POST_URL: grpcTarget('post'),
  COMMENT_URL: grpcTarget('comment'),
  /** The proxies whose X-Forwarded-For is believed: addresses and networks, separated by commas. None, unless set. */
  TRUSTED_PROXIES: trustedProxies(),
});

/** The settings of the gateway, read. */
export type Config = z.output<typeof Config>;
