import type { DomainError } from '@reputable/errors';
import type { VerifiedToken } from './access-token.ts';

/** Checks verified tokens against the known revocations. */
export interface RevocationCheck {
  /** The error for a token that is revoked or cannot be checked; undefined for any other. Runs on every request. */
  refusalOf(token: VerifiedToken): DomainError | undefined;
  /** The reason why the known revocations may be out of date, if any. The health check reports it. */
  readonly fault: string | undefined;
  /** Calls `listener` whenever `fault` changes. Returns a function that removes the listener. */
  onFault(listener: () => void): () => void;
}
