import { type AuthenticatedUser, tokenInvalid } from '@reputable/auth';
import { fail } from '@reputable/errors';

/**
 * The session of a user. Our own tokens always have one.
 *
 * @throws DomainError `TOKEN_INVALID` without one
 */
export const sessionOf = ({ sessionId }: AuthenticatedUser): string => sessionId ?? fail(tokenInvalid());
