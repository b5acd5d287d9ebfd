import { createLocalJWKSet, createRemoteJWKSet, type CryptoKey, customFetch, errors, type JWSHeaderParameters } from 'jose';
import { z } from 'zod';
import { fetchBounded } from './bounded-fetch.ts';
import { discoverJwksUri } from './discovery.ts';
import type { FetchOptions, IssuerKeys } from './issuer-options.ts';

/** No keys are available: no fetch has succeeded, or the last valid JWKS is too old. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

/** The JWKS has no key with the token's `kid`. */
export class KeyUnknown extends Error {
  override readonly name = 'KeyUnknown';
}

const Jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });
type JwksResolver = (header: JWSHeaderParameters) => Promise<CryptoKey>;
type RemoteJwks = ReturnType<typeof createRemoteJWKSet>;

const COLD_COOLDOWN_MS = 1_000;
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'k'];
const DEFAULTS = { maxAgeMs: 300_000, maxStaleMs: 3_600_000, cooldownMs: 10_000, timeoutMs: 2_000, maxBytes: 65_536 };

/**
 * An issuer's public keys. jose's remote JWKS shares a fetch among concurrent calls and selects by `kid`. This class adds discovery, a limit on the size
 * of the responses, and reuse of the last valid JWKS while the issuer is down (stale-if-error, RFC 5861). It also decides when to fetch, because jose uses
 * the system clock: set back by an hour, it would prolong the use of a set by as much. Times are those of `performance.now()`.
 */
export class KeySource {
  readonly #keys: JwksResolver;
  readonly #options: Required<FetchOptions>;
  readonly #jwksUri: URL | undefined;
  readonly #discovers: boolean;
  #lastGood: { text: string; at: number } | undefined;
  /** When jose's set was loaded, from the issuer or from the last valid one. */
  #loadedAt = -Infinity;
  #failure: unknown;
  #failedAt = -Infinity;

  /** @param issuer the issuer identifier, for discovery if `keys` has neither `jwksUri` nor `jwks` */
  constructor(
    keys: IssuerKeys,
    readonly issuer: string,
  ) {
    const { jwks, jwksUri, ...options } = { jwksUri: undefined, ...keys };
    this.#options = { ...DEFAULTS, ...options };
    this.#jwksUri = jwksUri;
    this.#discovers = !jwks && !jwksUri;
    if (jwks) assertPublic(jwks.keys);
    this.#keys = jwks ? createLocalJWKSet(jwks) : this.#remote(jwksUri ?? new URL(issuer));
  }

  /**
   * The key for a token's header.
   *
   * @throws KeyUnknown if the JWKS has no such key
   * @throws KeysUnavailable if no JWKS is available
   */
  async get(header: JWSHeaderParameters): Promise<CryptoKey> {
    try {
      return await this.#keys(header);
    } catch (error) {
      if (error instanceof KeysUnavailable) throw error;
      throw new KeyUnknown("no key in the issuer's JWKS matches the token", { cause: error });
    }
  }

  /**
   * Reads the issuer's metadata, if its keys come from there.
   *
   * @throws DiscoveryError if it is the metadata of another issuer
   * @throws Error if it cannot be read; {@link get} tries again
   */
  async discover(): Promise<void> {
    if (this.#discovers) await this.#discover({ signal: AbortSignal.timeout(this.#options.timeoutMs) });
  }

  #remote(url: URL): JwksResolver {
    const jwks = createRemoteJWKSet(url, {
      cacheMaxAge: Infinity,
      cooldownDuration: Infinity,
      timeoutDuration: this.#options.timeoutMs,
      [customFetch]: (_url, init) => this.#fetch(init),
    });
    return (header) => this.#find(jwks, header);
  }

  /** The key in a set that is not too old. Fetches once more for an unknown key, unless that was just done. */
  async #find(jwks: RemoteJwks, header: JWSHeaderParameters): Promise<CryptoKey> {
    if (this.#age >= this.#options.maxAgeMs) await this.#reload(jwks);
    try {
      return await jwks(header);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || this.#age < this.#options.cooldownMs) throw error;
      await this.#reload(jwks);
      return jwks(header);
    }
  }

  get #age(): number {
    return performance.now() - this.#loadedAt;
  }

  async #reload(jwks: RemoteJwks): Promise<void> {
    await jwks.reload();
    this.#loadedAt = performance.now();
  }

  async #fetch(init: RequestInit): Promise<Response> {
    if (performance.now() - this.#failedAt < this.#pause()) return this.#stale(this.#failure);
    try {
      const text = await this.#fetchKeys(init);
      this.#lastGood = { text, at: performance.now() };
      return jsonResponse(text);
    } catch (error) {
      this.#failedAt = performance.now();
      this.#failure = error;
      return this.#stale(error);
    }
  }

  /** The pause after a failed fetch. Shorter without a valid JWKS, because every call fails until a fetch succeeds. */
  #pause(): number {
    return this.#lastGood ? this.#options.cooldownMs : Math.min(this.#options.cooldownMs, COLD_COOLDOWN_MS);
  }

  #stale(error: unknown): Response {
    if (this.#lastGood && performance.now() - this.#lastGood.at <= this.#options.maxStaleMs) return jsonResponse(this.#lastGood.text);
    throw new KeysUnavailable('the JWKS cannot be fetched and no recent one is cached', { cause: error });
  }

  async #fetchKeys(init: RequestInit): Promise<string> {
    const text = await fetchBounded(this.#jwksUri ?? (await this.#discover(init)), init, this.#options.maxBytes);
    assertPublic(Jwks.parse(JSON.parse(text)).keys);
    return text;
  }

  #discover(init: RequestInit): Promise<string> {
    return discoverJwksUri(this.issuer, (url) => fetchBounded(url, init, this.#options.maxBytes));
  }
}

function assertPublic(keys: readonly object[]): void {
  if (keys.some((key) => PRIVATE_MEMBERS.some((member) => member in key))) throw new Error('the JWKS contains private or secret keys');
}

const jsonResponse = (text: string) => new Response(text, { headers: { 'content-type': 'application/json' } });
