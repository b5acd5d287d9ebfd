import { Logger } from '@nestjs/common';
import type { DomainError } from '@reputable/errors';
import { revocationsUnknown, tokenRevoked } from '../access/denials.ts';
import type { VerifiedToken } from '../token/access-token.ts';
import type { RevocationCheck } from '../token/revocation-check.ts';

/** Which tokens are to be refused though they have not ended. Times in milliseconds since the epoch. */
export interface Revocation {
  /** Whether they are those of a session (`sid`) or of a user (`sub`). */
  readonly subject: 'session' | 'user';
  readonly id: string;
  /** Those whose `iat` is before this. */
  readonly issuedBefore: number;
  /** When the last of them has ended by itself. */
  readonly expiresAt: number;
}

/** How long tokens are accepted without any word of which are revoked, in milliseconds, unless you say otherwise. */
export const GRACE_MS = 60_000;

/** There is word every second. After this time without one there is a fault, in milliseconds. */
export const SILENCE_MS = 3_000;

/** How often time is looked at, in milliseconds. */
const TICK_MS = 1_000;

type Known = Pick<Revocation, 'issuedBefore' | 'expiresAt'>;

/**
 * The revocations that are known here, for as long as there can be tokens that they concern. A token is known by the session and the user
 * it speaks for, and by when it was issued: never by its text, which can be spelt in many ways.
 *
 * Who fills it says when it has {@link apply}. Until it has for the first time, every token is refused. When it has not for longer than
 * the grace, a token is accepted for no longer than that after it was issued: none that is revoked is accepted for longer than the grace.
 */
export class TokenRevocations implements RevocationCheck {
  readonly #log = new Logger('revocations');
  readonly #known = { session: new Map<string, Known>(), user: new Map<string, Known>() };
  readonly #faultListeners = new Set<() => void>();
  readonly #timer = setInterval(() => this.#tick(), TICK_MS).unref();
  readonly #first = Promise.withResolvers<undefined>();
  /** On a clock that nobody sets. */
  #heardAt = -Infinity;
  #fault: string | undefined = 'There has been no word yet of which tokens are revoked, so all are refused.';

  constructor(readonly graceMs = GRACE_MS) {}

  /** Resolves when there has been word for the first time. */
  get ready(): Promise<void> {
    return this.#first.promise;
  }

  get fault(): string | undefined {
    return this.#fault;
  }

  onFault(listener: () => void): () => void {
    this.#faultListeners.add(listener);
    return () => this.#faultListeners.delete(listener);
  }

  /** All that are known. */
  *all(): Generator<Revocation> {
    for (const subject of ['session', 'user'] as const) {
      for (const [id, known] of this.#known[subject]) yield { subject, id, ...known };
    }
  }

  /** Takes in word from where revocations are made: these, or that there are no new ones. */
  apply(revocations: Iterable<Revocation>): void {
    for (const { subject, id, issuedBefore, expiresAt } of revocations) {
      const { [subject]: known } = this.#known;
      const before = known.get(id);
      known.set(id, {
        issuedBefore: Math.max(issuedBefore, before?.issuedBefore ?? 0),
        expiresAt: Math.max(expiresAt, before?.expiresAt ?? 0),
      });
    }
    if (this.#heardAt === -Infinity) this.#first.resolve(undefined);
    else if (this.#fault !== undefined) this.#log.log({ msg: 'There is word again of which tokens are revoked.' });
    this.#heardAt = performance.now();
    this.#setFault(undefined);
  }

  refusalOf({ user: { id, sessionId }, issuedAt }: VerifiedToken): DomainError | undefined {
    const issued = issuedAt * 1000;
    const { session, user } = this.#known;
    const until = Math.max(session.get(sessionId)?.issuedBefore ?? 0, user.get(id)?.issuedBefore ?? 0);
    if (issued < until) return tokenRevoked();
    const silence = performance.now() - this.#heardAt;
    if (silence <= this.graceMs) return undefined;
    return silence < Infinity && Date.now() - issued <= this.graceMs ? undefined : revocationsUnknown();
  }

  /** Stops looking at the time. */
  close(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = Date.now();
    for (const known of Object.values(this.#known)) {
      for (const [id, { expiresAt }] of known) if (expiresAt <= now) known.delete(id);
    }
    if (this.#heardAt === -Infinity || performance.now() - this.#heardAt <= SILENCE_MS) return;
    this.#setFault(`There is no word of which tokens are revoked. They are accepted for ${String(this.graceMs / 1000)} s without.`);
  }

  #setFault(fault: string | undefined): void {
    if (fault === this.#fault) return;
    this.#fault = fault;
    if (fault !== undefined) this.#log.warn({ msg: fault });
    for (const listener of this.#faultListeners) listener();
  }
}

/** For services that live with tokens that are good until they end: nothing is looked at, and nothing can be wrong. */
export const UNTIL_EXPIRY: RevocationCheck = {
  refusalOf: () => undefined,
  fault: undefined,
  onFault: () => () => undefined,
};
