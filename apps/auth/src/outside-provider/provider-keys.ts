import { isPrivate } from '@reputable/service';
import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';
import { TIMEOUT_S } from './openid-configuration.ts';
import { ProviderFailure } from './provider-failure.ts';

/** How long keys are used before they are fetched again, and the pause before an unknown key is looked for, in milliseconds. */
const KEYS = { cacheMaxAge: 60_000, cooldownDuration: 5_000, timeoutDuration: TIMEOUT_S * 1000 };

/** The public keys of a provider, which its metadata locates. */
export class ProviderKeys {
  #known: { readonly url: string; readonly get: JWTVerifyGetKey } | undefined;

  /** @param url the `jwks_uri` of the metadata @throws ProviderFailure if anybody in the network could replace the keys */
  at(url: string): JWTVerifyGetKey {
    const parsed = URL.parse(url);
    if (!parsed || !isPrivate(parsed)) throw new ProviderFailure('unavailable', `its jwks_uri is ${url}`);
    if (this.#known?.url !== url) this.#known = { url, get: createRemoteJWKSet(parsed, KEYS) };
    return this.#known.get;
  }
}
