import { type AuthenticatedUser, tokenInvalid } from '@reputable/auth';

/**
 * The session of a user. Our own tokens always have one.
 *
 * @throws DomainError `TOKEN_INVALID` without one
 */
export function sessionOf({ sessionId }: AuthenticatedUser): string {
  if (sessionId === undefined) throw tokenInvalid();
  return sessionId;
}
