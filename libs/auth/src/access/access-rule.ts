import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { getOption, hasOption } from '@bufbuild/protobuf';
import { access, type Access } from '@reputable/contracts/access/v1/access';

/** The access rule of one rpc: the contract's option `reputable.access.v1.access`. */
export interface AccessRule {
  /** `/package.Service/Rpc`. */
  readonly path: string;
  /** `anyone`: no user required. `signedIn`: a user required. `service`: the peer calls on its own behalf. */
  readonly who: 'anyone' | 'signedIn' | 'service';
  /** The user needs one of these roles; empty requires none. */
  readonly anyRole: readonly string[];
  /** The reputation that the user needs. */
  readonly minReputation: number;
  /** The scopes that the token needs, all of them. */
  readonly scopes: readonly string[];
  /** The services that may call the rpc. */
  readonly callers: readonly string[];
}

/** The roles, scopes and services that rules may name. Any other name is a typing error and stops the service at start. */
export interface KnownNames {
  readonly roles: readonly string[];
  /** Default: none. */
  readonly scopes?: readonly string[];
  readonly services: readonly string[];
}

/** `/package.Service/Rpc`, unique in the whole system. */
const pathOf = (method: DescMethod) => `/${method.parent.typeName}/${method.name}`;

/**
 * The rules of all rpcs of these services, by path.
 *
 * @throws Error that lists every rpc with no rule, an incomplete rule, or a rule with an unknown name
 */
export function rulesOf(services: readonly DescService[], known: KnownNames): ReadonlyMap<string, AccessRule> {
  const methods = services.flatMap((service) => service.methods);
  const faults = methods.flatMap((method) => faultsOf(method, known));
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return rulesByPath(methods);
}

/** The rules of these rpcs, by path. Assumes that {@link rulesOf} has checked them. */
export const rulesByPath = (methods: readonly DescMethod[]): ReadonlyMap<string, AccessRule> =>
  new Map(methods.map(ruleOf).map((rule) => [rule.path, rule]));

/** The rule of one rpc. Assumes that {@link rulesOf} has checked it. */
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
  const { anyRole = [], scopes = [] } = option.who.case === 'signedIn' ? option.who.value : {};
  return [
    ...(hasWho(option) ? [] : [`${name} has an access rule that does not say who: anyone, signed_in or service.`]),
    ...(option.callers.length > 0 ? [] : [`${name} has an access rule without callers.`]),
    ...unknownNames(option.callers, known.services).map((caller) => `${name} lists an unknown service in callers: ${caller}.`),
    ...unknownNames(anyRole, known.roles).map((role) => `${name} lists an unknown role: ${role}.`),
    ...unknownNames(scopes, known.scopes ?? []).map((scope) => `${name} lists an unknown scope: ${scope}.`),
  ];
}

const hasWho = ({ who }: Access) => who.case === 'signedIn' || who.value === true;

const unknownNames = (used: readonly string[], known: readonly string[]) => used.filter((name) => !known.includes(name));
