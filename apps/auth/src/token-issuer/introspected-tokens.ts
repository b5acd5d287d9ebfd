import { Logger } from '@nestjs/common';
import { type Claims, tokenInvalid } from '@reputable/auth';
import { fail, serviceUnavailable } from '@reputable/errors';
import { LRUCache } from 'lru-cache';
import { hash } from 'node:crypto';
import type { Throttle } from '../throttle/throttle.ts';
import type { Introspection } from './introspection.ts';

/** The number of tokens whose last answer is remembered. */
const REMEMBERED = 10_000;

/** How long a token that is not active is refused without another request, in milliseconds. */
const INACTIVE_MS = 30_000;

/** How long a token that was active is exempt from the limits, in milliseconds: longer than the pause between two of its exchanges. */
const ACTIVE_MS = 300_000;

/**
 * The tokens of an issuer that is asked about each. Positive answers are not cached: the gateway caches the JWT. Unknown tokens from one
 * address are limited, so that nobody can direct floods at the issuer.
 */
export class IntrospectedTokens {
  readonly #log = new Logger('token issuers');
  readonly #wasActive = new LRUCache<string, boolean>({ max: REMEMBERED });

  /** @param id names the issuer */
  constructor(
    readonly id: string,
    readonly introspection: Introspection,
    readonly throttle: Pick<Throttle, 'token'>,
  ) {}

  /** Reads the issuer's metadata. Failures are logged; a later question tries again. */
  async discover(): Promise<void> {
    await this.introspection.discovery.metadata().catch(() => undefined);
  }

  /**
   * The claims of an active token.
   *
   * @param address the IP address of the client; empty if it is not known
   * @throws DomainError TOKEN_INVALID, TOO_MANY_ATTEMPTS; SERVICE_UNAVAILABLE if the issuer does not answer
   */
  async claimsOf(token: string, address: string): Promise<Claims> {
    const key = hash('sha256', token, 'base64');
    const wasActive = this.#wasActive.get(key);
    if (wasActive === false) throw tokenInvalid();
    const ask = () => this.#ask(token, key);
    return wasActive || address === '' ? ask() : this.throttle.token.attempt({ subject: token, address }, ask);
  }

  async #ask(token: string, key: string): Promise<Claims> {
    const claims = await this.introspection.claimsOf(token).catch((error: unknown) => this.#unavailable(error));
    this.#wasActive.set(key, claims !== undefined, { ttl: claims ? ACTIVE_MS : INACTIVE_MS });
    return claims ?? fail(tokenInvalid());
  }

  #unavailable(error: unknown): never {
    const { message, cause } = error as Error;
    const reason = [message, ...(cause instanceof Error ? [cause.message] : [])].join(': ');
    this.#log.warn({ msg: 'introspection failed', issuer: this.id, reason });
    throw serviceUnavailable(this.id);
  }
}
