import { Code, DomainError } from '@reputable/errors';
import { withDpopChallenge } from '../phantom-token/token-binding.errors.ts';

/**
 * The reasons for which the gateway refuses a DPoP proof (RFC 9449 §7.1):
 *
 * - `PROOF_NONCE`: the proof has no current nonce. Repeat it with the nonce in the header `DPoP-Nonce`. UNAUTHENTICATED.
 * - `PROOF_INVALID`: the proof is missing, is not for this request and this token, or was used before. UNAUTHENTICATED.
 * - `TOO_MANY_PROOFS`: the gateway cannot remember more proofs. Try again in a minute. UNAVAILABLE.
 */
type Reason = 'PROOF_NONCE' | 'PROOF_INVALID' | 'TOO_MANY_PROOFS';

const error = (reason: Reason, message: string, code: DomainError['code'] = Code.UNAUTHENTICATED) =>
  new DomainError(code, reason, message, {}, 'reputable.gateway');

/** The proof has no current nonce. @param nonce the nonce to use */
export const proofNonce = (nonce: string) =>
  withDpopChallenge(
    'use_dpop_nonce',
    error('PROOF_NONCE', 'Repeat the request with a new proof that has the nonce in the header DPoP-Nonce.'),
    { 'dpop-nonce': nonce },
  );

/** The proof is not valid for this request. @param fault what is wrong, as in "has the wrong htm" */
export const proofInvalid = (fault: string) =>
  withDpopChallenge('invalid_dpop_proof', error('PROOF_INVALID', `The proof in the header DPoP ${fault}.`));

/** Too many proofs have been used lately. */
export const tooManyProofs = () =>
  error('TOO_MANY_PROOFS', 'Too many proofs of possession at the moment. Try again in a minute.', Code.UNAVAILABLE);
