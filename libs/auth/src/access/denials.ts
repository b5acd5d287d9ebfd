import { type Reason, ReasonSchema } from '@reputable/contracts/access/v1/reason';
import { Code, errorsOf } from '@reputable/errors';
import type { AccessRule, AttributeCondition } from './access-rule.ts';
import type { AuthenticatedUser } from './authenticated-user.ts';
import type { Transaction } from './transaction.ts';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** The rpc needs a user and the call carries no token. */
export const tokenMissing = () => error(Code.UNAUTHENTICATED, 'TOKEN_MISSING', 'Log in first: this needs an access token.');

/** The token failed verification. Only the log states the fault: details would help an attacker to forge tokens. */
export const tokenInvalid = () => error(Code.UNAUTHENTICATED, 'TOKEN_INVALID', 'The access token is not valid. Log in again.');

/** The checksum of a personal access token is wrong. */
export const tokenMistyped = () =>
  error(Code.UNAUTHENTICATED, 'TOKEN_MISTYPED', 'The personal access token is incomplete or has a typing error. Copy it again.');

/** The token's `exp` has passed. */
export const tokenExpired = () => error(Code.UNAUTHENTICATED, 'TOKEN_EXPIRED', 'The access token has expired. Refresh it.');

/** The token has been revoked. */
export const tokenRevoked = () =>
  error(Code.UNAUTHENTICATED, 'TOKEN_REVOKED', 'The access token has been revoked. Refresh it; if that is refused, log in again.');

/** The service has received no revocation data yet, or none for longer than the grace period. */
export const revocationsUnknown = () =>
  error(Code.UNAVAILABLE, 'REVOCATIONS_UNKNOWN', 'The service cannot tell whether the access token has been revoked. Try again.');

/** The service has no keys to verify with: the issuer is unreachable and no keys are cached. */
export const keysUnavailable = () =>
  error(Code.UNAVAILABLE, 'KEYS_UNAVAILABLE', "The issuer's keys cannot be fetched, so no token can be verified. Try again.");

/** The token was issued too far in the future by the service's clock. The user has done nothing wrong, and a new token would not help. */
export const clockSkew = () =>
  error(
    Code.UNAVAILABLE,
    'CLOCK_SKEW',
    'The clocks of the service and of the issuer of the access token differ too much. Try again later.',
  );

/** The token verifies, but its claims describe no user. `why` is for the client. */
export const claimsInvalid = (why: string) =>
  error(Code.UNAUTHENTICATED, 'CLAIMS_INVALID', `The access token is genuine, but its claims cannot be used: ${why}`);

/** The claims that are not in the token cannot be loaded. */
export const claimsUnavailable = () =>
  error(Code.UNAVAILABLE, 'CLAIMS_UNAVAILABLE', "The service cannot load the user's roles and reputation. Try again.");

/** The rule needs fresh claims, and those of the token were `ageS` seconds old when it was issued. */
export const claimsTooOld = (ageS: number) =>
  error(
    Code.UNAVAILABLE,
    'CLAIMS_TOO_OLD',
    'This needs current roles and reputation, and the service that has them did not answer. Try again later.',
    { age: String(ageS) },
  );

/** The metadata of the call are too large. */
export const metadataTooLarge = (bytes: number) =>
  error(Code.RESOURCE_EXHAUSTED, 'METADATA_TOO_LARGE', `The metadata of a call may have ${String(bytes)} bytes at most. Send less.`, {
    max: String(bytes),
  });

/** The peer has too many calls in progress at this process. The call has changed nothing. */
export const overloaded = () =>
  error(Code.RESOURCE_EXHAUSTED, 'OVERLOADED', 'The service has too many calls at once. Try again in 1 second.', { retryAfter: '1' });

/** The rule does not list the peer in `callers`. */
export const callerNotAllowed = (rule: AccessRule, service: string | undefined) =>
  error(
    Code.PERMISSION_DENIED,
    'CALLER_NOT_ALLOWED',
    `${rule.path.slice(1)} may be called by ${rule.callers.join(', ')}; this call comes from ${service ?? 'an unknown peer'}.`,
    { caller: service ?? '', allowed: rule.callers.join(',') },
  );

/** The Transaction Token was issued to another workload than the peer. */
export const presenterMismatch = ({ workload }: Transaction, peer: string | undefined) =>
  error(
    Code.PERMISSION_DENIED,
    'PRESENTER_MISMATCH',
    `This Transaction Token was issued to ${workload}; this call comes from ${peer ?? 'an unknown peer'}. Request a replacement.`,
    { caller: peer ?? '', allowed: workload },
  );

/** The token is a Transaction Token, and its transaction does not include the rpc. */
export const transactionMismatch = (rule: Pick<AccessRule, 'path'>, { path, action, binds }: Transaction) =>
  error(
    Code.PERMISSION_DENIED,
    'TRANSACTION_MISMATCH',
    `${rule.path.slice(1)} needs a Transaction Token of its own; this one is for ${path === undefined ? 'reads' : `${action === 'read' ? 'reads by ' : ''}${path.slice(1)}`}${binds ? `, bound to ${Object.keys(binds).join(', ')}` : ''}.`,
    { allowed: path?.slice(1) ?? '' },
  );

/** The Transaction Token is for this rpc with another request. */
export const requestMismatch = () =>
  error(Code.PERMISSION_DENIED, 'REQUEST_MISMATCH', 'This Transaction Token is for another request. Request one for this request.');

/** The Transaction Token was used for its rpc before. */
export const transactionUsed = () =>
  error(Code.PERMISSION_DENIED, 'TRANSACTION_USED', 'This Transaction Token has been used. Request another one for another call.');

/** The user has none of the rule's roles. */
export const roleMissing = (rule: AccessRule, user: AuthenticatedUser) =>
  error(Code.PERMISSION_DENIED, 'ROLE_MISSING', `This needs the role ${rule.anyRole.join(' or ')}.`, {
    required: rule.anyRole.join(','),
    actual: user.roles.join(','),
  });

/** The user's reputation is too low, for the rpc or for one row. `what` is the subject of the message. */
export const reputationTooLow = (required: number, actual: number, what = 'This') =>
  error(
    Code.PERMISSION_DENIED,
    'REPUTATION_TOO_LOW',
    `${what} needs ${required.toLocaleString('en')} reputation; you have ${actual.toLocaleString('en')}.`,
    { required: String(required), actual: String(actual) },
  );

/** The token lacks a scope. */
export const scopeMissing = (rule: AccessRule, user: AuthenticatedUser) =>
  error(Code.PERMISSION_DENIED, 'SCOPE_MISSING', `This needs the scope ${rule.scopes.join(' ')}.`, {
    required: rule.scopes.join(' '),
    actual: user.scopes.join(' '),
  });

/** An attribute of the user is missing or does not satisfy the rule. */
export function attributeInsufficient({ name, min, anyOf }: AttributeCondition, value: number | readonly string[] | undefined) {
  const required = min === undefined ? anyOf.join(' or ') : `at least ${String(min)}`;
  const actual = value === undefined ? 'none' : String(value);
  const metadata = { attribute: name, required, actual };
  return error(Code.PERMISSION_DENIED, 'ATTRIBUTE_INSUFFICIENT', `This needs ${name} ${required}; you have ${actual}.`, metadata);
}
