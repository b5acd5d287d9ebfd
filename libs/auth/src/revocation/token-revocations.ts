import { Logger } from '@nestjs/common';
import type { DomainError } from '@reputable/errors';
import { observed } from '@reputable/tracing';
import { revocationsUnknown, tokenRevoked } from '../access/denials.ts';
import type { VerifiedToken } from '../token/access-token.ts';
import type { RevocationCheck } from '../token/revocation-check.ts';

/** A revocation of unexpired tokens. Times in milliseconds since the epoch. */
export interface Revocation {
  /** Revokes the tokens of a session (`sid`) or of a user (`sub`). */
  readonly subject: 'session' | 'user';
  readonly id: string;
  /** Revokes tokens whose `iat` is before this time. */
  readonly issuedBefore: number;
  /** When the last revoked token expires. */
  readonly expiresAt: number;
  /** When it was made, by the same clock as `expiresAt`, if that is known and recent. */
  readonly createdAt?: number | undefined;
  /**
   * The number of the revocation; later ones have higher numbers. A token that states the last revocation that it follows is revoked by its number,
   * whatever its `iat`. Default: none, and `issuedBefore` applies to every token.
   */
  readonly number?: number;
}

/** The default grace: how long tokens are accepted without an update, in milliseconds. */
export const GRACE_MS = 60_000;

/** How long without an update counts as a fault, in milliseconds. The stream delivers an update every second. */
export const SILENCE_MS = 3_000;

/** The interval for dropping expired revocations and checking for missing updates, in milliseconds. */
const TICK_MS = 1_000;

const UPDATE_AGE = { name: 'reputable.revocation.update_age', unit: 's', description: 'Time since the last update of the revocations' };

/** All revocations of a session or user. Each value is a maximum, so their order does not matter. */
interface Known {
  readonly issuedBefore: number;
  readonly expiresAt: number;
  readonly number: number;
  /** `issuedBefore` of the revocations without a number. */
  readonly unnumberedBefore: number;
  /** `expiresAt` on the clock of `performance.now()`: the system clock can be set forward and back, and would make revoked tokens valid again. */
  readonly neededUntil: number;
}

const NONE: Known = { issuedBefore: 0, expiresAt: 0, number: 0, unnumberedBefore: 0, neededUntil: 0 };

/**
 * The known revocations, until the tokens they revoke have expired. A revocation matches tokens by session or user and time of issue, never
 * by the token's text, because one token has several spellings. Between a token and a revocation that have a number, the numbers decide.
 *
 * The owner calls {@link apply} on every update. Before the first update every token is refused. After `graceMs` without an update, only
 * tokens issued within the last `graceMs` are accepted. So no revoked token is accepted for longer than `graceMs`.
 */
export class TokenRevocations implements RevocationCheck {
  readonly #log = new Logger('revocations');
  readonly #known = { session: new Map<string, Known>(), user: new Map<string, Known>() };
  readonly #faultListeners = new Set<() => void>();
  readonly #timer = setInterval(() => this.#tick(), TICK_MS).unref();
  readonly #stopObserving = observed(UPDATE_AGE, (result) => {
    // Before the first update, the time since the start: otherwise no alert could see that there is none.
    result.observe((performance.now() - Math.max(this.#updatedAt, this.#startedAt)) / 1000);
  });
  readonly #startedAt = performance.now();
  readonly #first = Promise.withResolvers<undefined>();
  /** On the monotonic clock, as the system clock can be set. */
  #updatedAt = -Infinity;
  #fault: string | undefined = 'no revocation data received yet; refusing all tokens';

  constructor(readonly graceMs = GRACE_MS) {}

  /** Resolves on the first update. */
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

  /** All known revocations. */
  *all(): Generator<Revocation> {
    for (const subject of ['session', 'user'] as const) {
      for (const [id, { issuedBefore, expiresAt, number, unnumberedBefore }] of this.#known[subject]) {
        if (number > 0) yield { subject, id, issuedBefore, expiresAt, number };
        if (unnumberedBefore > 0) yield { subject, id, issuedBefore: unnumberedBefore, expiresAt };
      }
    }
  }

  /** Applies an update: new revocations, or none. */
  apply(revocations: Iterable<Revocation>): void {
    const now = performance.now();
    for (const { subject, id, issuedBefore, expiresAt, number, createdAt = Date.now() } of revocations) {
      const { [subject]: known } = this.#known;
      const before = known.get(id) ?? NONE;
      known.set(id, {
        issuedBefore: Math.max(issuedBefore, before.issuedBefore),
        expiresAt: Math.max(expiresAt, before.expiresAt),
        number: Math.max(number ?? 0, before.number),
        unnumberedBefore: Math.max(number === undefined ? issuedBefore : 0, before.unnumberedBefore),
        neededUntil: Math.max(now + expiresAt - createdAt, before.neededUntil),
      });
    }
    if (this.#updatedAt === -Infinity) this.#first.resolve(undefined);
    else if (this.#fault !== undefined) this.#log.log({ msg: 'revocation updates resumed' });
    this.#updatedAt = now;
    this.#setFault(undefined);
  }

  refusalOf(token: VerifiedToken): DomainError | undefined {
    const { id, sessionId = '' } = token.user;
    const { session, user } = this.#known;
    if (isRevoked(token, session.get(sessionId)) || isRevoked(token, user.get(id))) return tokenRevoked();
    const issued = token.issuedAt * 1000;
    const age = performance.now() - this.#updatedAt;
    if (age <= this.graceMs) return undefined;
    return age < Infinity && Date.now() - issued <= this.graceMs ? undefined : revocationsUnknown();
  }

  /** Stops the timer. */
  close(): void {
    clearInterval(this.#timer);
    this.#stopObserving();
  }

  #tick(): void {
    const now = performance.now();
    const time = Date.now();
    for (const known of Object.values(this.#known)) {
      for (const [id, { expiresAt, neededUntil }] of known) if (expiresAt <= time && neededUntil <= now) known.delete(id);
    }
    if (this.#updatedAt === -Infinity || now - this.#updatedAt <= SILENCE_MS) return;
    this.#setFault(`no revocation updates; tokens are accepted for ${String(this.graceMs / 1000)} s without them`);
  }

  #setFault(fault: string | undefined): void {
    if (fault === this.#fault) return;
    this.#fault = fault;
    if (fault !== undefined) this.#log.warn({ msg: fault });
    for (const listener of this.#faultListeners) listener();
  }
}

function isRevoked({ issuedAt, afterRevocation }: VerifiedToken, known: Known | undefined): boolean {
  if (!known) return false;
  const issued = issuedAt * 1000;
  if (afterRevocation === undefined) return issued < known.issuedBefore;
  return afterRevocation < known.number || issued < known.unnumberedBefore;
}

/** The check of a service that accepts revoked tokens until they expire. */
export const UNTIL_EXPIRY: RevocationCheck = {
  refusalOf: () => undefined,
  fault: undefined,
  onFault: () => () => undefined,
};
