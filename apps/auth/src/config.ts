import { databaseSettings, databaseUrl } from '@reputable/database';
import { addresses, common, encryptionKey, httpUrl, maxConnections, optionalPort, required, trustedProxies } from '@reputable/service';
import { z } from 'zod';
import { retentionDays } from './audit/retention.field.ts';
import { claimsGrace } from './kept-claims/claims-grace.field.ts';
import { providers } from './outside-provider/providers.field.ts';
import { tokenIssuers } from './token-issuer/token-issuers.field.ts';
import { sender, smtpUrl } from './mail/smtp.field.ts';
import { limits } from './throttle/limits.ts';

/** The settings of `npm run audit`. */
export const ReadConfig = z.object({
  /** The service's own database. */
  DATABASE_URL: databaseUrl(),
});

/** The settings of `npm run keys`. */
export const KeysConfig = z.object({
  ...ReadConfig.shape,
  /** The key that encrypts the private signing keys at rest: 32 random bytes in base64. With it and the database, an attacker can sign tokens. */
  KEY_ENCRYPTION_KEY: encryptionKey(),
});

/** The settings that tell `npm run keys` where to find the others. */
export const KeysSource = z.object({
  /** If it is set, the environment has all settings. */
  KEY_ENCRYPTION_KEY: z.string().optional(),
  /** The same for commands that need no key. */
  DATABASE_URL: z.string().optional(),
  /** The folder in which `npm start` keeps its state. */
  REPUTABLE_DATA: z.string().min(1).default('.data'),
});

/** The settings of the auth service. */
export const Config = z.object({
  ...common,
  ...databaseSettings,
  ...KeysConfig.shape,
  ...addresses('auth'),
  /** The port for HTTP over TLS with the service's own certificate, for services that fetch the keys, or request Transaction Tokens, over a network. */
  TLS_PORT: optionalPort(),
  /** The proxies whose X-Forwarded-For header is trusted. None by default. */
  TRUSTED_PROXIES: trustedProxies(),
  /** The number of open HTTP connections: 1 to 100000. The service refuses further ones. */
  MAX_CONNECTIONS: maxConnections(),
  /** The gateway's public URL. It names the API as a resource, and browsers return to it after the log-in. */
  GATEWAY_URL: httpUrl("the gateway's public URL").default('http://localhost:3000'),
  /** The secret by which the gateway proves that it is the OAuth client `gateway`. */
  OIDC_CLIENT_SECRET: required('32 random bytes in base64, the same as in the gateway').min(32, {
    error: 'must have at least 32 characters.',
  }),
  /** The SMTP server that sends mail. Over TLS: `smtps:` from the start, `smtp:` by STARTTLS. A server on this machine needs no TLS. */
  SMTP_URL: smtpUrl(),
  /** The host of SMTP_URL, if it may get mail without TLS though it is another machine: for development alone. */
  SMTP_WITHOUT_TLS: z.string().min(1).optional(),
  /** The sender of mails: an address, or a name with an address. */
  MAIL_FROM: sender(),
  /** The outside OpenID providers that users can log in with: a JSON array of objects with `id`, `label`, `issuer`, `clientId` and `clientSecretFile`. None by default. */
  OIDC_PROVIDERS: providers(),
  /** The issuers whose access tokens the API accepts: a JSON array of objects with `id`, `kind`, `audience` and the fields of the kind. None by default. */
  TOKEN_ISSUERS: tokenIssuers(),
  /** How long the second use of a refresh token gets the same tokens, if those have not been refreshed, in seconds: 0 to 60. Later, or with 0, it ends the session. */
  REFRESH_RETRY_S: z.coerce
    .number({ error: 'must be a number of seconds: 0 to 60.' })
    .min(0, { error: 'must be a number of seconds: 0 to 60.' })
    .max(60, { error: 'must be a number of seconds: 0 to 60.' })
    .default(10),
  /** How long auth issues tokens with the last known roles and reputation while the user service does not answer, in seconds: 0 to 3600; 0: it issues none. */
  CLAIMS_GRACE_S: claimsGrace(),
  /** How long the audit log keeps an event, in days: 30 to 3650. The table refuses to delete younger ones than 30 days. */
  AUDIT_RETENTION_DAYS: retentionDays(),
  ...limits,
});

/** The settings, read. */
export type Config = z.output<typeof Config>;
