import { type Reason, ReasonSchema } from '@reputable/contracts/access/v1/reason';
import { Code, errorsOf } from '@reputable/errors';
import type { AccessRule } from './access-rule.ts';
import type { AuthenticatedUser } from './authenticated-user.ts';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** The call carries no token and the rpc needs a user. */
export const tokenMissing = () => error(Code.UNAUTHENTICATED, 'TOKEN_MISSING', 'Log in first: this needs an access token.');

/** The token is not one of ours, or not for here. What exactly is wrong is for the log: it would only help who forges. */
export const tokenInvalid = () => error(Code.UNAUTHENTICATED, 'TOKEN_INVALID', 'The access token is not valid. Log in again.');

/** The token was good until its `exp`. */
export const tokenExpired = () => error(Code.UNAUTHENTICATED, 'TOKEN_EXPIRED', 'The access token has expired. Refresh it.');

/** The token was good, and is no longer. */
export const tokenRevoked = () =>
  error(Code.UNAUTHENTICATED, 'TOKEN_REVOKED', 'The access token has been revoked. Refresh it; if that is refused, log in again.');

/** It is not known whether the token has been revoked: there has been no word of it for too long, or never. */
export const revocationsUnknown = () =>
  error(Code.UNAVAILABLE, 'REVOCATIONS_UNKNOWN', 'It is not known which tokens are revoked, so this one cannot be accepted. Try again.');

/** There are no keys to verify with: the issuer cannot be reached and none are cached. */
export const keysUnavailable = () =>
  error(Code.UNAVAILABLE, 'KEYS_UNAVAILABLE', "The issuer's keys cannot be fetched, so no token can be verified. Try again.");

/** The peer is not among the services that may place this call. */
export const callerNotAllowed = (rule: AccessRule, service: string | undefined) =>
  error(
    Code.PERMISSION_DENIED,
    'CALLER_NOT_ALLOWED',
    `${rule.path.slice(1)} may be called by ${rule.callers.join(', ')}; this call comes from ${service ?? 'nobody we know'}.`,
    { caller: service ?? '', allowed: rule.callers.join(',') },
  );

/** The user has none of the roles. */
export const roleMissing = (rule: AccessRule, user: AuthenticatedUser) =>
  error(Code.PERMISSION_DENIED, 'ROLE_MISSING', `This needs the role ${rule.anyRole.join(' or ')}.`, {
    required: rule.anyRole.join(','),
    actual: user.roles.join(','),
  });

/** The user's reputation is too low. Also for rules of a row that ask for reputation: `what` begins the sentence. */
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
