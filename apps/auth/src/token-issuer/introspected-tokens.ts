import { Logger } from '@nestjs/common';
import { type Claims, tokenInvalid } from '@reputable/auth';
import { Code, DomainError, fail, serviceUnavailable } from '@reputable/errors';
import { LRUCache } from 'lru-cache';
import { hash } from 'node:crypto';
import { networkOf } from '../throttle/network.ts';
import { tooManyAttempts } from '../throttle/throttle.errors.ts';
import type { Throttle } from '../throttle/throttle.ts';
import type { Introspection } from './introspection.ts';

/** The number of tokens whose last outcome is remembered. */
const REMEMBERED = 10_000;

/** How long a refused token is refused again without a question, in milliseconds. */
const REFUSED_MS = 30_000;

/** How long an accepted token is exempt from the limits, in milliseconds: longer than the pause between two of its exchanges. */
const ACCEPTED_MS = 300_000;

/** The number of tokens from one address that are checked at once: refusals count afterwards, so a burst would pass the limits. */
const AT_ONCE = 32;

/** The pause after which a client can try again if too many are checked, in milliseconds. */
const BUSY_MS = 1_000;

/**
 * The tokens of an issuer that is asked about each. Accepted tokens are not cached: the gateway caches the JWT. Refused tokens from one
 * address are limited, so that nobody can direct floods at the issuer.
 */
export class IntrospectedTokens {
  readonly #log = new Logger('token issuers');
  readonly #last = new LRUCache<string, 'accepted' | DomainError>({ max: REMEMBERED });

  /** The number of tokens that are being checked, by the network of their address. */
  readonly #running = new Map<string, number>();

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
   * Runs an exchange of a token, unless it was just refused, or too many tokens from its address were.
   *
   * @param address the IP address of the client; empty if it is not known
   * @throws DomainError TOO_MANY_ATTEMPTS, and the error of the exchange
   */
  async limit<T>(token: string, address: string, exchange: () => Promise<T>): Promise<T> {
    const key = hash('sha256', token, 'base64');
    const last = this.#last.get(key);
    if (last instanceof DomainError) throw last;
    const isExempt = last === 'accepted' || address === '';
    try {
      const exchanged = await (isExempt ? exchange() : this.#attempt(token, address, exchange));
      this.#last.set(key, 'accepted', { ttl: ACCEPTED_MS });
      return exchanged;
    } catch (error) {
      if (isRefusal(error)) this.#last.set(key, error, { ttl: REFUSED_MS });
      throw error;
    }
  }

  async #attempt<T>(subject: string, address: string, exchange: () => Promise<T>): Promise<T> {
    const network = networkOf(address);
    const running = this.#running.get(network) ?? 0;
    if (running >= AT_ONCE) throw tooManyAttempts(BUSY_MS);
    this.#running.set(network, running + 1);
    try {
      return await this.throttle.token.attempt({ subject, address }, exchange);
    } finally {
      const left = (this.#running.get(network) ?? 1) - 1;
      if (left > 0) this.#running.set(network, left);
      else this.#running.delete(network);
    }
  }

  /**
   * The claims of an active token.
   *
   * @throws DomainError TOKEN_INVALID; SERVICE_UNAVAILABLE if the issuer does not answer
   */
  async claimsOf(token: string): Promise<Claims> {
    const claims = await this.introspection.claimsOf(token).catch((error: unknown) => this.#unavailable(error));
    return claims ?? fail(tokenInvalid());
  }

  #unavailable(error: unknown): never {
    const { message, cause } = error as Error;
    const reason = [message, ...(cause instanceof Error ? [cause.message] : [])].join(': ');
    this.#log.warn({ msg: 'introspection failed', issuer: this.id, reason });
    throw serviceUnavailable(this.id);
  }
}

/** Whether an exchange has refused the token, or its user. */
const isRefusal = (error: unknown): error is DomainError =>
  error instanceof DomainError && (error.code === Code.UNAUTHENTICATED || error.code === Code.PERMISSION_DENIED);
