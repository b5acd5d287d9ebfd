import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { getOption, hasOption } from '@bufbuild/protobuf';
import { access, type Access } from '@reputable/contracts/access/v1/access';

/** The rule of one rpc, as the contract states it in the option `reputable.access.v1.access`. */
export interface AccessRule {
  /** `/package.Service/Rpc`. */
  readonly path: string;
  /** Who the call must be made for. */
  readonly who: 'anyone' | 'signedIn' | 'service';
  /** At least one of these roles, unless empty. */
  readonly anyRole: readonly string[];
  /** At least this much reputation. */
  readonly minReputation: number;
  /** Every one of these scopes. */
  readonly scopes: readonly string[];
  /** The services that may place the call. */
  readonly callers: readonly string[];
}

/** The names that rules may use. A rule with any other name is a typing error that would lock everybody out, or let nobody in. */
export interface KnownNames {
  readonly roles: readonly string[];
  readonly services: readonly string[];
}

/** `/package.Service/Rpc`: the one name of an rpc that is always right (a handler's name is not). */
const pathOf = (method: DescMethod) => `/${method.parent.typeName}/${method.name}`;

/**
 * The rules of all rpcs of these services, by path.
 *
 * @throws Error that names every rpc without a rule, with a rule that says nothing, or with a name nobody knows
 */
export function rulesOf(services: readonly DescService[], known: KnownNames): ReadonlyMap<string, AccessRule> {
  const methods = services.flatMap((service) => service.methods);
  const faults = methods.flatMap((method) => faultsOf(method, known));
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return rulesByPath(methods);
}

/** The rules, by path, of rpcs that are known to have one. */
export const rulesByPath = (methods: readonly DescMethod[]): ReadonlyMap<string, AccessRule> =>
  new Map(methods.map(ruleOf).map((rule) => [rule.path, rule]));

/** The rule of one rpc that is known to have one. */
export function ruleOf(method: DescMethod): AccessRule {
  const { who, callers } = getOption(method, access);
  const signedIn = who.case === 'signedIn' ? who.value : undefined;
  return {
    path: pathOf(method),
    who: who.case ?? 'service',
    anyRole: signedIn?.anyRole ?? [],
    minReputation: signedIn?.minReputation ?? 0,
    scopes: signedIn?.scopes ?? [],
    callers,
  };
}

function faultsOf(method: DescMethod, known: KnownNames): string[] {
  const name = pathOf(method).slice(1);
  if (!hasOption(method, access)) return [`${name} has no access rule.`];
  const option = getOption(method, access);
  const roles = option.who.case === 'signedIn' ? option.who.value.anyRole : [];
  return [
    ...(saysWho(option) ? [] : [`${name} has an access rule that does not say who: anyone, signed_in or service.`]),
    ...(option.callers.length > 0 ? [] : [`${name} has an access rule without callers.`]),
    ...unknownNames(option.callers, known.services).map((it) => `${name} names a caller that is no service: ${it}.`),
    ...unknownNames(roles, known.roles).map((it) => `${name} names a role that does not exist: ${it}.`),
  ];
}

const saysWho = ({ who }: Access) => who.case === 'signedIn' || who.value === true;

const unknownNames = (used: readonly string[], known: readonly string[]) => used.filter((name) => !known.includes(name));
