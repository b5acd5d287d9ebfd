import type { DomainError } from '@reputable/errors';
import { errors } from 'jose';
import { claimsInvalid, claimsUnavailable, clockSkew, keysUnavailable, tokenExpired, tokenInvalid } from '../access/denials.ts';
import { ClockSkew } from '../issuer/issuer-clocks.ts';
import { KeysUnavailable } from '../issuer/key-source.ts';
import { ClaimsUnavailable } from '../issuer/loaded-claims.ts';
import { ClaimsError } from '../issuer/mapped-user.ts';
import type { VerifiedToken } from './access-token.ts';

/** The refusal of a token: the error for the client, and the fault for the log. */
export class TokenRefusal extends Error {
  override readonly name = 'TokenRefusal';
  constructor(
    readonly error: DomainError,
    readonly fault: string,
    /** The id of the token's user, if the token is valid. */
    readonly user?: string,
  ) {
    super(fault);
  }
}

/** The refusal of a valid token that is revoked or cannot be checked for revocation. */
export const revoked = ({ user }: VerifiedToken, error: DomainError) =>
  new TokenRefusal(error, `session ${user.sessionId ?? 'unknown'} of user ${user.id}`, user.id);

/** The refusal for a fault that the `jwt` strategy found. */
export function refusalFor(fault: unknown): TokenRefusal {
  if (fault instanceof TokenRefusal) return fault;
  const message = fault instanceof Error ? fault.message : String(fault);
  return new TokenRefusal(errorFor(fault), message);
}

function errorFor(fault: unknown): DomainError {
  if (fault instanceof KeysUnavailable) return keysUnavailable();
  if (fault instanceof ClaimsUnavailable) return claimsUnavailable();
  if (fault instanceof ClockSkew) return clockSkew();
  if (fault instanceof ClaimsError) return claimsInvalid(fault.message);
  return fault instanceof errors.JWTExpired ? tokenExpired() : tokenInvalid();
}
