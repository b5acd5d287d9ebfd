import { PROOF_ALGORITHMS } from '@reputable/contracts';
import { Code, DomainError } from '@reputable/errors';
import { ErrorWithHeaders } from '../http/refusal.ts';

/**
 * The reasons for which the gateway refuses a token for its key (RFC 9449 §7.1):
 *
 * - `TOKEN_BOUND`: the token is bound to a key and came without a proof, or with a proof of another key. UNAUTHENTICATED.
 * - `TOKEN_NOT_BOUND`: the token is not bound to a key and came with a proof. UNAUTHENTICATED.
 */
type Reason = 'TOKEN_BOUND' | 'TOKEN_NOT_BOUND';

const error = (reason: Reason, message: string) =>
  withDpopChallenge('invalid_token', new DomainError(Code.UNAUTHENTICATED, reason, message, {}, 'reputable.gateway'));

/** Adds the challenge of the scheme DPoP to a refusal. @param code the `error` of the challenge */
export const withDpopChallenge = (code: string, refusal: DomainError, headers: Record<string, string> = {}) =>
  new ErrorWithHeaders(refusal, {
    'www-authenticate': `DPoP error="${code}", error_description="${refusal.message}", algs="${PROOF_ALGORITHMS.join(' ')}"`,
    ...headers,
  });

/** The token is bound to a key, and the request proves another one or none. */
export const tokenBound = () =>
  error('TOKEN_BOUND', 'This access token is bound to a key. Send it with the scheme DPoP and a proof of that key.');

/** The token is not bound to a key. */
export const tokenNotBound = () => error('TOKEN_NOT_BOUND', 'This access token is not bound to a key. Send it with the scheme Bearer.');
