import { privateUrl } from '@reputable/service';

/** The provider of {@link BrowserSessionOptions}. */
export const BROWSER_SESSION_OPTIONS = Symbol('BrowserSessionOptions');

/** What browser sessions are made with. */
export interface BrowserSessionOptions {
  /** The origin by which browsers know the gateway. */
  readonly origin: string;
  /** The issuer of the OpenID provider, which is where browsers find it. */
  readonly issuer: string;
  /** Where we find it. */
  readonly backChannel: string;
  readonly clientSecret: string;
  /** What all keys are derived from. */
  readonly encryptionKey: Uint8Array;
}

/** The settings of the gateway from which the options are derived. */
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
