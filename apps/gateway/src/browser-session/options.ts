import { privateUrl } from '@reputable/service';

/** The injection token of {@link BrowserSessionOptions}. */
export const BROWSER_SESSION_OPTIONS = Symbol('BrowserSessionOptions');

/** The options of browser sessions. */
export interface BrowserSessionOptions {
  /** The gateway's origin for browsers. */
  readonly origin: string;
  /** The authorization server's issuer and URL for browsers. */
  readonly issuer: string;
  /** The authorization server's URL for the gateway. */
  readonly backChannel: string;
  readonly clientSecret: string;
  /** The secret from which all keys are derived. */
  readonly encryptionKey: Uint8Array;
}

/** The gateway's settings for the options. */
interface Settings {
  readonly ISSUER: string;
  readonly PORT: number;
  readonly PUBLIC_URL?: string | undefined;
  readonly AUTHORIZATION_SERVER_URL?: string | undefined;
  readonly OIDC_CLIENT_SECRET: string;
  readonly SESSION_ENCRYPTION_KEY: Uint8Array;
}

/** Derives the options from the gateway's settings. */
export function browserSessionOptions(config: Settings): BrowserSessionOptions {
  const issuer = `${config.ISSUER.replace(/\/$/, '')}/oidc`;
  const backChannel = privateUrl('AUTHORIZATION_SERVER_URL', config.AUTHORIZATION_SERVER_URL ?? issuer);
  return {
    origin: config.PUBLIC_URL ?? `http://localhost:${String(config.PORT)}`,
    issuer,
    backChannel: backChannel.href.replace(/\/$/, ''),
    clientSecret: config.OIDC_CLIENT_SECRET,
    encryptionKey: config.SESSION_ENCRYPTION_KEY,
  };
}
