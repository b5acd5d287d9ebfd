import { Inject, Injectable } from '@nestjs/common';
import { hkdfSync } from 'node:crypto';
import { RecordStore } from '../record/record-store.ts';
import { seal, unseal } from '../secret/sealed.ts';

/** The injection token of {@link RefreshRetry}. */
export const REFRESH_RETRY = Symbol('RefreshRetry');

/** The settings of retries. */
export interface RefreshRetry {
  /** How long a refresh token can be used again, in seconds; 0 for never. */
  readonly seconds: number;
  /** The service's master key. */
  readonly encryptionKey: Uint8Array;
}

/** The tokens that a refresh token was exchanged for. */
export interface RefreshAnswer {
  readonly refreshToken: string;
  /** The whole answer, in the form of the protocol. */
  readonly body: object;
}

/** The same, of an earlier use. */
export interface EarlierAnswer extends RefreshAnswer {
  /** In whole seconds, rounded up. */
  readonly ageS: number;
}

/**
 * The answers to uses of refresh tokens. A client whose answer was lost, or two tabs that refresh at once, use a refresh token twice. For a short
 * time the second use gets the same tokens, unless their refresh token has been used since. Any later second use ends the session.
 *
 * Answers are encrypted with a key that is derived from the used token and the master key: neither the database alone nor a copy of it
 * together with the master key contains the tokens.
 */
@Injectable()
export class RefreshAnswers {
  constructor(
    @Inject(REFRESH_RETRY) readonly retry: RefreshRetry,
    readonly records: RecordStore,
  ) {}

  /** Keeps the answer to the use of `token`. Call it in the transaction that uses the token. */
  async keep(token: string, { refreshToken, body }: RefreshAnswer): Promise<void> {
    if (this.retry.seconds === 0) return;
    await this.records.keepAnswer('RefreshToken', token, await seal({ refreshToken, body }, this.#keyOf(token)));
  }

  /** The answer to an earlier use of `token`; undefined if a second use is not a retry. */
  async to(token: string): Promise<EarlierAnswer | undefined> {
    const stored = await this.records.answerTo('RefreshToken', token, this.retry.seconds);
    if (!stored) return undefined;
    const answer = await unseal<RefreshAnswer>(stored.sealed, this.#keyOf(token));
    const successor = await this.records.find('RefreshToken', answer.refreshToken);
    return successor && successor.consumed === undefined ? { ...answer, ageS: Math.ceil(stored.ageS) } : undefined;
  }

  #keyOf(token: string): Uint8Array {
    return new Uint8Array(hkdfSync('sha256', this.retry.encryptionKey, token, 'answers to refresh tokens', 32));
  }
}
