import { SCOPES } from '@reputable/contracts';
import { privateUrl } from '@reputable/service';
import { refuseCombinations } from './authorization-server.fields.ts';

/** The injection token of {@link BrowserSessionOptions}. */
export const BROWSER_SESSION_OPTIONS = Symbol('BrowserSessionOptions');

/** The authorization server at which browsers log in, and the gateway as its client. */
interface AuthorizationServer {
  /** The authorization server's issuer and URL for browsers. */
  readonly issuer: string;
  /** Whether it is another server than ours, by `AUTHORIZATION_SERVER`. */
  readonly isForeign: boolean;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The scopes that a log-in requests. */
  readonly scope: string;
  /** The resource of the access token (RFC 8707). */
  readonly resource?: string | undefined;
  /** The parameter `audience` of authorization requests. */
  readonly audience?: string | undefined;
}

/** The options of browser sessions. */
export interface BrowserSessionOptions extends AuthorizationServer {
  /** The gateway's origin for browsers. */
  readonly origin: string;
  /** The authorization server's URL for the gateway. */
  readonly backChannel: string;
  /** The secret from which all keys are derived. */
  readonly encryptionKey: Uint8Array;
}

/** The gateway's settings for the options. */
interface Settings {
  readonly ISSUER: string;
  readonly PORT: number;
  readonly PUBLIC_URL?: string | undefined;
  readonly AUTHORIZATION_SERVER_URL?: string | undefined;
  readonly AUTHORIZATION_SERVER?: string | undefined;
  readonly AUTHORIZATION_SERVER_CLIENT_ID: string;
  readonly AUTHORIZATION_SERVER_CLIENT_SECRET?: string | undefined;
  readonly AUTHORIZATION_SERVER_SCOPE: string;
  readonly AUTHORIZATION_SERVER_AUDIENCE?: string | undefined;
  readonly AUTHORIZATION_SERVER_RESOURCE?: string | undefined;
  readonly ISSUER_TOKENS: boolean;
  readonly OIDC_CLIENT_SECRET: string;
  readonly SESSION_ENCRYPTION_KEY: Uint8Array;
}

/**
 * Derives the options from the gateway's settings.
 *
 * @throws Error that names the settings that do not go together
 */
export function browserSessionOptions(config: Settings): BrowserSessionOptions {
  refuseCombinations(config);
  const origin = config.PUBLIC_URL ?? `http://localhost:${String(config.PORT)}`;
  const server = foreignServer(config) ?? ownServer(config, origin);
  const backChannel = privateUrl('AUTHORIZATION_SERVER_URL', config.AUTHORIZATION_SERVER_URL ?? server.issuer);
  return { ...server, origin, backChannel: withoutSlash(backChannel.href), encryptionKey: config.SESSION_ENCRYPTION_KEY };
}

const ownServer = ({ ISSUER, OIDC_CLIENT_SECRET }: Settings, origin: string): AuthorizationServer => ({
  issuer: `${withoutSlash(ISSUER)}/oidc`,
  isForeign: false,
  clientId: 'gateway',
  clientSecret: OIDC_CLIENT_SECRET,
  scope: `openid ${SCOPES.join(' ')}`,
  resource: `${origin}/graphql`,
});

const foreignServer = (config: Settings): AuthorizationServer | undefined =>
  config.AUTHORIZATION_SERVER === undefined
    ? undefined
    : {
        issuer: config.AUTHORIZATION_SERVER,
        isForeign: true,
        clientId: config.AUTHORIZATION_SERVER_CLIENT_ID,
        clientSecret: config.AUTHORIZATION_SERVER_CLIENT_SECRET ?? '',
        scope: config.AUTHORIZATION_SERVER_SCOPE,
        audience: config.AUTHORIZATION_SERVER_AUDIENCE,
        resource: config.AUTHORIZATION_SERVER_RESOURCE,
      };

/** A URL without a slash at its end, below which paths begin. */
export const withoutSlash = (url: string): string => url.replace(/\/$/, '');
