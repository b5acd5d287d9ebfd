import { createRemoteJWKSet, customFetch, type JWSHeaderParameters } from 'jose';
import { KeyObject } from 'node:crypto';
import { z } from 'zod';

/** How the issuer's public keys are fetched and kept. All times in milliseconds. */
export interface KeySourceOptions {
  /** Where the issuer publishes its JWKS (RFC 7517). */
  readonly jwksUri: URL;
  /** How long a fetched set is used before it is fetched again. */
  readonly maxAgeMs?: number;
  /** How long the last good set is used while the issuer cannot be reached; after that every token is refused. */
  readonly maxStaleMs?: number;
  /** The least time between two fetches, whatever unknown key ids come in. */
  readonly cooldownMs?: number;
  /** How long a fetch may take. */
  readonly timeoutMs?: number;
  /** How large a set may be, in bytes. */
  readonly maxBytes?: number;
}

/** There is no set of keys to go by: none was ever fetched, or the last good one is too old. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

/** No key of the issuer's has this id. */
export class KeyUnknown extends Error {
  override readonly name = 'KeyUnknown';
}

const Jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });
const COLD_COOLDOWN_MS = 1_000;
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'k'];

/**
 * The issuer's public keys. jose's remote set does the caching, the cooldown and the choice by `kid`; what it lacks is here:
 * bounds on what is fetched, and the last good set while the issuer is down (RFC 5861's stale-if-error).
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
   * The key a token says it is signed with.
   *
   * @throws KeyUnknown if the issuer has no such key
   * @throws KeysUnavailable if there are no keys to look in
   */
  async get(header: JWSHeaderParameters): Promise<KeyObject> {
    try {
      return KeyObject.from(await this.#keys(header));
    } catch (error) {
      if (error instanceof KeysUnavailable) throw error;
      throw new KeyUnknown('No key of the issuer fits the token.', { cause: error });
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

  /** After a failure. With nothing to go by, every call fails until a fetch succeeds: try sooner. */
  #pause(): number {
    return this.#lastGood ? this.#options.cooldownMs : Math.min(this.#options.cooldownMs, COLD_COOLDOWN_MS);
  }

  #stale(error: unknown): Response {
    if (this.#lastGood && Date.now() - this.#lastGood.at <= this.#options.maxStaleMs) return jsonResponse(this.#lastGood.text);
    throw new KeysUnavailable('The JWKS could not be fetched and no recent one is known.', { cause: error });
  }

  async #fetchBounded(url: string, init: RequestInit): Promise<string> {
    const response = await fetch(url, { ...init, redirect: 'error' });
    if (response.status !== 200) throw new Error(`The JWKS answered ${String(response.status)}.`);
    const text = await readBounded(response, this.#options.maxBytes);
    const { keys } = Jwks.parse(JSON.parse(text));
    if (keys.some((key) => PRIVATE_MEMBERS.some((member) => member in key))) throw new Error('The JWKS holds private or secret keys.');
    return text;
  }
}

async function readBounded(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new Error(`The JWKS is larger than ${String(maxBytes)} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const jsonResponse = (text: string) => new Response(text, { headers: { 'content-type': 'application/json' } });
