import type { DomainError } from '@reputable/errors';
import type { AccessRule, AttributeCondition } from './access-rule.ts';
import type { AuthenticatedUser } from './authenticated-user.ts';
import type { CheckObserver } from './check-observer.ts';
import type { Transaction } from './transaction.ts';
import {
  attributeInsufficient,
  callerNotAllowed,
  claimsTooOld,
  presenterMismatch,
  reputationTooLow,
  roleMissing,
  scopeMissing,
  tokenMissing,
  transactionMismatch,
} from './denials.ts';

/** The error if this service may not call the rpc. Checked before the token. */
export function refusePeer(rule: AccessRule, service: string | undefined): DomainError | undefined {
  if (service !== undefined && rule.callers.includes(service)) return undefined;
  return rule.anyPeer ? undefined : callerNotAllowed(rule, service);
}

/**
 * The error if the token was issued to another workload than the peer: only the workload that requested a Transaction Token may send it.
 *
 * @param peer the SPIFFE ID of the peer; undefined if it is not identified
 */
export const refusePresenter = (transaction: Transaction, peer: string | undefined): DomainError | undefined =>
  transaction.workload === peer ? undefined : presenterMismatch(transaction, peer);

/**
 * The error if the token is for another rpc, for reads and the rpc has side effects, or for rows that the rpc does not name.
 *
 * @param bindable the kinds of rows that rules of this service bind: a token for a row is not for rpcs about other rows of its kind
 */
export const refuseTransaction = (
  rule: AccessRule,
  transaction: Transaction,
  bindable: ReadonlySet<string> = new Set(),
): DomainError | undefined =>
  includes(transaction, rule) && namesRowsOf(transaction, rule, bindable) ? undefined : transactionMismatch(rule, transaction);

const namesRowsOf = ({ binds }: Transaction, rule: AccessRule, bindable: ReadonlySet<string>) =>
  binds === undefined || Object.keys(binds).every((kind) => !bindable.has(kind) || rule.binds?.some(({ name }) => name === kind));

const includes = ({ path, action }: Transaction, rule: AccessRule) =>
  (path === undefined || path === rule.path) && (action === 'write' || rule.isRead === true);

/** A condition of a rule for its users: whether the rule has it, and the error for a user who does not satisfy it. */
interface Condition {
  readonly name: string;
  readonly applies: (rule: AccessRule) => boolean;
  readonly refuse: (rule: AccessRule, user: AuthenticatedUser) => DomainError | undefined;
}

const CONDITIONS: readonly Condition[] = [
  {
    name: 'fresh claims',
    applies: ({ freshClaims }) => freshClaims === true,
    refuse: (_rule, { claimsAgeS }) => (claimsAgeS === undefined ? undefined : claimsTooOld(claimsAgeS)),
  },
  {
    name: 'role',
    applies: ({ anyRole }) => anyRole.length > 0,
    refuse: (rule, user) => (rule.anyRole.some((role) => user.has(role)) ? undefined : roleMissing(rule, user)),
  },
  {
    name: 'reputation',
    applies: ({ minReputation }) => minReputation > 0,
    refuse: ({ minReputation }, { reputation }) => (reputation < minReputation ? reputationTooLow(minReputation, reputation) : undefined),
  },
  {
    name: 'scope',
    applies: ({ scopes }) => scopes.length > 0,
    refuse: (rule, user) => (rule.scopes.every((scope) => user.scopes.includes(scope)) ? undefined : scopeMissing(rule, user)),
  },
  {
    name: 'attribute',
    applies: ({ attributes }) => attributes.length > 0,
    refuse: (rule, user) => {
      const failed = rule.attributes.find((condition) => !satisfies(user, condition));
      return failed && attributeInsufficient(failed, user.attributes[failed.name]);
    },
  },
];

/**
 * The error if this user may not call the rpc. Checks in this order:
 *
 * 1. `anyone` and `service` require no user.
 * 2. `signedIn` requires a user.
 * 3. The claims are as new as the token, if the rule needs fresh ones.
 * 4. The user has one of the rule's roles, if the rule lists any.
 * 5. The user has the rule's reputation.
 * 6. The token has every scope of the rule.
 * 7. The user's attributes satisfy every condition of the rule.
 */
export function refuseUser(rule: AccessRule, user: AuthenticatedUser | undefined, observer?: CheckObserver): DomainError | undefined {
  if (rule.who !== 'signedIn') return undefined;
  const missing = user ? undefined : tokenMissing();
  observer?.checked('user', missing);
  return user ? refuseByCondition(rule, user, observer) : missing;
}

function refuseByCondition(rule: AccessRule, user: AuthenticatedUser, observer?: CheckObserver): DomainError | undefined {
  for (const { name, applies, refuse } of CONDITIONS) {
    if (!applies(rule)) continue;
    const refusal = refuse(rule, user);
    observer?.checked(name, refusal);
    if (refusal) return refusal;
  }
  return undefined;
}

function satisfies({ attributes }: AuthenticatedUser, { name, min, anyOf }: AttributeCondition): boolean {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  if (min !== undefined) return typeof value === 'number' && value >= min;
  return Array.isArray(value) && anyOf.some((text) => value.includes(text));
}
