import { createRemoteJWKSet, customFetch, type JWSHeaderParameters } from 'jose';
import { KeyObject } from 'node:crypto';
import { z } from 'zod';

/** How to fetch and cache the issuer's public keys. All times in milliseconds. */
export interface KeySourceOptions {
  /** The URL of the issuer's JWKS (RFC 7517). */
  readonly jwksUri: URL;
  /** How long a fetched JWKS stays fresh. Default: 5 minutes. */
  readonly maxAgeMs?: number;
  /** How long the last valid JWKS stays in use while fetches fail. After that every token is refused. Default: 1 hour. */
  readonly maxStaleMs?: number;
  /** The shortest time between two fetches for unknown key ids. Default: 10 seconds. */
  readonly cooldownMs?: number;
  /** The timeout of a fetch. Default: 2 seconds. */
  readonly timeoutMs?: number;
  /** The largest accepted JWKS, in bytes. Default: 65,536. */
  readonly maxBytes?: number;
}

/** No keys are available: no fetch has succeeded, or the last valid JWKS is too old. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

/** The JWKS has no key with the token's `kid`. */
export class KeyUnknown extends Error {
  override readonly name = 'KeyUnknown';
}

const Jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });
const COLD_COOLDOWN_MS = 1_000;
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'k'];

/**
 * The issuer's public keys. jose's remote JWKS caches, limits fetches and selects by `kid`. This class adds a limit on the size of the
 * response, and reuse of the last valid JWKS while the issuer is down (stale-if-error, RFC 5861).
 */
export class KeySource {
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  readonly #options: Required<KeySourceOptions>;
  #lastGood: { text: string; at: number } | undefined;
  #failure: unknown;
  #failedAt = -Infinity;

  constructor(options: KeySourceOptions) {
    this.#options = { maxAgeMs: 300_000, maxStaleMs: 3_600_000, cooldownMs: 10_000, timeoutMs: 2_000, maxBytes: 65_536, ...options };
    this.#keys = createRemoteJWKSet(options.jwksUri, {
      cacheMaxAge: this.#options.maxAgeMs,
      cooldownDuration: this.#options.cooldownMs,
      timeoutDuration: this.#options.timeoutMs,
      [customFetch]: (url, init) => this.#fetch(url, init),
    });
  }

  /**
   * The key for a token's header.
   *
   * @throws KeyUnknown if the JWKS has no such key
   * @throws KeysUnavailable if no JWKS is available
   */
  async get(header: JWSHeaderParameters): Promise<KeyObject> {
    try {
      return KeyObject.from(await this.#keys(header));
    } catch (error) {
      if (error instanceof KeysUnavailable) throw error;
      throw new KeyUnknown("no key in the issuer's JWKS matches the token", { cause: error });
    }
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    if (Date.now() - this.#failedAt < this.#pause()) return this.#stale(this.#failure);
    try {
      const text = await this.#fetchBounded(url, init);
      this.#lastGood = { text, at: Date.now() };
      return jsonResponse(text);
    } catch (error) {
      this.#failedAt = Date.now();
      this.#failure = error;
      return this.#stale(error);
    }
  }

  /** The pause after a failed fetch. Shorter without a valid JWKS, because every call fails until a fetch succeeds. */
  #pause(): number {
    return this.#lastGood ? this.#options.cooldownMs : Math.min(this.#options.cooldownMs, COLD_COOLDOWN_MS);
  }

  #stale(error: unknown): Response {
    if (this.#lastGood && Date.now() - this.#lastGood.at <= this.#options.maxStaleMs) return jsonResponse(this.#lastGood.text);
    throw new KeysUnavailable('the JWKS cannot be fetched and no recent one is cached', { cause: error });
  }

  async #fetchBounded(url: string, init: RequestInit): Promise<string> {
    const response = await fetch(url, { ...init, redirect: 'error' });
    if (response.status !== 200) throw new Error(`the JWKS request returned HTTP ${String(response.status)}`);
    const text = await readBounded(response, this.#options.maxBytes);
    const { keys } = Jwks.parse(JSON.parse(text));
    if (keys.some((key) => PRIVATE_MEMBERS.some((member) => member in key))) throw new Error('the JWKS contains private or secret keys');
    return text;
  }
}

async function readBounded(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new Error(`the JWKS is larger than ${String(maxBytes)} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const jsonResponse = (text: string) => new Response(text, { headers: { 'content-type': 'application/json' } });
