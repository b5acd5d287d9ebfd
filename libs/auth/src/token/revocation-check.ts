import type { DomainError } from '@reputable/errors';
import type { VerifiedToken } from './access-token.ts';

/** Checks verified tokens against the known revocations. */
export interface RevocationCheck {
  /** The error for a revoked token; undefined for any other. Runs on every request. */
  refusalOf(token: VerifiedToken): DomainError | undefined;
  /** Why the known revocations may be out of date, if they may. The health check reports it. */
  readonly fault: string | undefined;
  /** Calls `listener` whenever `fault` changes. Returns a function that removes the listener. */
  onFault(listener: () => void): () => void;
}
