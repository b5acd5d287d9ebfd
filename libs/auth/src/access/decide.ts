import type { DomainError } from '@reputable/errors';
import type { AccessRule } from './access-rule.ts';
import type { AuthenticatedUser } from './authenticated-user.ts';
import { callerNotAllowed, reputationTooLow, roleMissing, scopeMissing, tokenMissing } from './denials.ts';

/** Whether this service may place the call at all: decided first, before anybody looks at a token. */
export function refusePeer(rule: AccessRule, service: string | undefined): DomainError | undefined {
  return service !== undefined && rule.callers.includes(service) ? undefined : callerNotAllowed(rule, service);
}

/**
 * Whether this user may make the call. In this order:
 *
 * 1. `anyone` and `service` ask nothing of the user.
 * 2. There must be a user.
 * 3. One of the roles, if any are named.
 * 4. The reputation.
 * 5. Every scope.
 */
export function refuseUser(rule: AccessRule, user: AuthenticatedUser | undefined): DomainError | undefined {
  if (rule.who !== 'signedIn') return undefined;
  if (!user) return tokenMissing();
  if (rule.anyRole.length > 0 && !rule.anyRole.some((role) => user.has(role))) return roleMissing(rule, user);
  if (user.reputation < rule.minReputation) return reputationTooLow(rule.minReputation, user.reputation);
  if (!rule.scopes.every((scope) => user.scopes.includes(scope))) return scopeMissing(rule, user);
  return undefined;
}
