import { isLoopback } from '@reputable/service';
import * as openid from 'openid-client';
import type { ProviderSettings } from './providers.field.ts';

/** The limit of each request to a provider, in seconds. */
export const TIMEOUT_S = 5;

/**
 * By how much a provider's clock may differ, in seconds. Its ID token is used once, at once, with our nonce, so that a wide tolerance gains
 * nothing for an attacker.
 */
export const CLOCK_TOLERANCE_S = 180;

/** Allows http on this machine, as in development. The settings allow it nowhere else. */
export const extensionsOf = ({ issuer }: Pick<ProviderSettings, 'issuer'>): ((configuration: openid.Configuration) => void)[] =>
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated as a warning: it is for this machine alone
  isLoopback(new URL(issuer)) ? [openid.allowInsecureRequests] : [];

/**
 * The client of openid-client for one log-in. It is new each time, because openid-client keeps a provider's keys for five minutes, and does
 * not look for an unknown one in the first of them: this way, a new key is known at once, and a withdrawn one is not accepted.
 */
export function configurationOf(settings: ProviderSettings, metadata: openid.ServerMetadata): openid.Configuration {
  const { clientId, clientSecret } = settings;
  const client = { client_secret: clientSecret, [openid.clockTolerance]: CLOCK_TOLERANCE_S };
  const configuration = new openid.Configuration(metadata, clientId, client, authenticationOf(settings, metadata));
  configuration.timeout = TIMEOUT_S;
  // Also checks the signature of an ID token that came straight from the provider.
  for (const extend of [openid.enableNonRepudiationChecks, ...extensionsOf(settings)]) extend(configuration);
  return configuration;
}

/** By the header unless the provider takes the secret in the body only (OpenID Connect Discovery §3). */
function authenticationOf({ clientSecret }: ProviderSettings, { token_endpoint_auth_methods_supported: methods }: openid.ServerMetadata) {
  const isBodyOnly = methods !== undefined && !methods.includes('client_secret_basic') && methods.includes('client_secret_post');
  return isBodyOnly ? openid.ClientSecretPost(clientSecret) : openid.ClientSecretBasic(clientSecret);
}
