import { Code, DomainError } from '@reputable/errors';
import { ErrorWithHeaders } from '../http/refusal.ts';

/** The algorithms of proofs. Auth accepts the same ones. */
export const PROOF_ALGORITHMS = ['ES256', 'Ed25519', 'EdDSA'];

/**
 * The reasons for which the gateway refuses a token that is bound to a key, or a proof (RFC 9449 §7.1):
 *
 * - `PROOF_NONCE`: the proof has no current nonce. Repeat it with the nonce in the header `DPoP-Nonce`. UNAUTHENTICATED.
 * - `PROOF_INVALID`: the proof is missing, is not for this request and this token, or was used before. UNAUTHENTICATED.
 * - `TOKEN_BOUND`: the token is bound to a key and came without a proof, or with a proof of another key. UNAUTHENTICATED.
 * - `TOKEN_NOT_BOUND`: the token is not bound to a key and came with a proof. UNAUTHENTICATED.
 * - `TOO_MANY_PROOFS`: the gateway cannot remember more proofs. Try again in a minute. UNAVAILABLE.
 */
type Reason = 'PROOF_NONCE' | 'PROOF_INVALID' | 'TOKEN_BOUND' | 'TOKEN_NOT_BOUND' | 'TOO_MANY_PROOFS';

const error = (reason: Reason, message: string, code: DomainError['code'] = Code.UNAUTHENTICATED) =>
  new DomainError(code, reason, message, {}, 'reputable.gateway');

const challenged = (code: string, refusal: DomainError, headers: Record<string, string> = {}) =>
  new ErrorWithHeaders(refusal, {
    'www-authenticate': `DPoP error="${code}", error_description="${refusal.message}", algs="${PROOF_ALGORITHMS.join(' ')}"`,
    ...headers,
  });

/** The proof has no current nonce. @param nonce the nonce to use */
export const proofNonce = (nonce: string) =>
  challenged('use_dpop_nonce', error('PROOF_NONCE', 'Repeat the request with a new proof that has the nonce in the header DPoP-Nonce.'), {
    'dpop-nonce': nonce,
  });

/** The proof is not valid for this request. @param fault what is wrong, as in "has the wrong htm" */
export const proofInvalid = (fault: string) =>
  challenged('invalid_dpop_proof', error('PROOF_INVALID', `The proof in the header DPoP ${fault}.`));

/** The token is bound to a key, and the request proves another one or none. */
export const tokenBound = () =>
  challenged(
    'invalid_token',
    error('TOKEN_BOUND', 'This access token is bound to a key. Send it with the scheme DPoP and a proof of that key.'),
  );

/** The token is not bound to a key. */
export const tokenNotBound = () =>
  challenged('invalid_token', error('TOKEN_NOT_BOUND', 'This access token is not bound to a key. Send it with the scheme Bearer.'));

/** Too many proofs have been used lately. */
export const tooManyProofs = () =>
  error('TOO_MANY_PROOFS', 'Too many proofs of possession at the moment. Try again in a minute.', Code.UNAVAILABLE);
