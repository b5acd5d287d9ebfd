import type { DomainError } from '@reputable/errors';
import type { AccessRule, AttributeCondition } from './access-rule.ts';
import type { AuthenticatedUser } from './authenticated-user.ts';
import { attributeInsufficient, callerNotAllowed, reputationTooLow, roleMissing, scopeMissing, tokenMissing } from './denials.ts';

/** The error if this service may not call the rpc. Checked before the token. */
export function refusePeer(rule: AccessRule, service: string | undefined): DomainError | undefined {
  if (service !== undefined && rule.callers.includes(service)) return undefined;
  return rule.anyPeer ? undefined : callerNotAllowed(rule, service);
}

/**
 * The error if this user may not call the rpc. Checks in this order:
 *
 * 1. `anyone` and `service` require no user.
 * 2. `signedIn` requires a user.
 * 3. The user has one of the rule's roles, if the rule lists any.
 * 4. The user has the rule's reputation.
 * 5. The token has every scope of the rule.
 * 6. The user's attributes satisfy every condition of the rule.
 */
export function refuseUser(rule: AccessRule, user: AuthenticatedUser | undefined): DomainError | undefined {
  if (rule.who !== 'signedIn') return undefined;
  if (!user) return tokenMissing();
  if (rule.anyRole.length > 0 && !rule.anyRole.some((role) => user.has(role))) return roleMissing(rule, user);
  if (user.reputation < rule.minReputation) return reputationTooLow(rule.minReputation, user.reputation);
  if (!rule.scopes.every((scope) => user.scopes.includes(scope))) return scopeMissing(rule, user);
  const failed = rule.attributes.find((condition) => !satisfies(user, condition));
  return failed && attributeInsufficient(failed, user.attributes[failed.name]);
}

function satisfies({ attributes }: AuthenticatedUser, { name, min, anyOf }: AttributeCondition): boolean {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  if (min !== undefined) return typeof value === 'number' && value >= min;
  return Array.isArray(value) && anyOf.some((text) => value.includes(text));
}
