import { privateUrl } from '@reputable/service';
import type { Config } from '../config.ts';

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

/** The options that the settings say. */
export function browserSessionOptions(config: Config): BrowserSessionOptions {
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
