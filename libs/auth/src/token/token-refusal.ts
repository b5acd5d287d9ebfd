import type { DomainError } from '@reputable/errors';
import { keysUnavailable, tokenExpired, tokenInvalid } from '../access/denials.ts';
import type { VerifiedToken } from './access-token.ts';
import { KeysUnavailable } from './key-source.ts';

/** The refusal of a token: the error for the client, and the fault for the log. */
export class TokenRefusal extends Error {
  override readonly name = 'TokenRefusal';
  constructor(
    readonly error: DomainError,
    readonly fault: string,
  ) {
    super(fault);
  }
}

/** The refusal of a valid token that is revoked or cannot be checked for revocation. */
export const revoked = ({ user }: VerifiedToken, error: DomainError) =>
  new TokenRefusal(error, `session ${user.sessionId} of user ${user.id}`);

/** The refusal for a fault that the `jwt` strategy found. */
export function refusalFor(fault: unknown): TokenRefusal {
  if (fault instanceof TokenRefusal) return fault;
  const message = fault instanceof Error ? fault.message : String(fault);
  if (fault instanceof KeysUnavailable) return new TokenRefusal(keysUnavailable(), message);
  const expired = fault instanceof Error && fault.name === 'TokenExpiredError';
  return new TokenRefusal(expired ? tokenExpired() : tokenInvalid(), message);
}
