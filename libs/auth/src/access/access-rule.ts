import type { DescMethod } from '@bufbuild/protobuf';
import type { Access } from '@reputable/contracts/access/v1/access';
import { type AnyContract, contractOf, type Rpc, rpcOf } from '../contract/contract.ts';

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

/**
 * The rules of all rpcs of these services, by path.
 *
 * @throws Error that lists every rpc with no rule, an incomplete rule, or a rule with an unknown name
 */
export function rulesOf(services: readonly AnyContract[], known: KnownNames): ReadonlyMap<string, AccessRule> {
  const rpcs = services.flatMap((service) => contractOf(service).rpcs);
  const faults = rpcs.flatMap((rpc) => faultsOf(rpc, known));
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return rulesByPath(rpcs);
}

/** The rules of these rpcs, by path. Assumes that {@link rulesOf} has checked them. */
export const rulesByPath = (rpcs: readonly Rpc[]): ReadonlyMap<string, AccessRule> =>
  new Map(rpcs.map(ruleOfRpc).map((rule) => [rule.path, rule]));

/** The rule of one rpc. Assumes that {@link rulesOf} has checked it. */
export const ruleOf = (method: DescMethod): AccessRule => ruleOfRpc(rpcOf(method));

function ruleOfRpc({ path, access }: Rpc): AccessRule {
  const { who, callers } = access as Access;
  const signedIn = who.case === 'signedIn' ? who.value : undefined;
  return {
    path,
    who: who.case ?? 'service',
    anyRole: signedIn?.anyRole ?? [],
    minReputation: signedIn?.minReputation ?? 0,
    scopes: signedIn?.scopes ?? [],
    callers,
  };
}

function faultsOf({ path, access }: Rpc, known: KnownNames): string[] {
  const name = path.slice(1);
  if (access === undefined) return [`${name} has no access rule.`];
  if (typeof access === 'string') return [`${name} has an access rule that cannot be read: ${access}`];
  const { anyRole = [], scopes = [] } = access.who.case === 'signedIn' ? access.who.value : {};
  return [
    ...(hasWho(access) ? [] : [`${name} has an access rule that does not say who: anyone, signed_in or service.`]),
    ...(access.callers.length > 0 ? [] : [`${name} has an access rule without callers.`]),
    ...unknownNames(access.callers, known.services).map((caller) => `${name} lists an unknown service in callers: ${caller}.`),
    ...unknownNames(anyRole, known.roles).map((role) => `${name} lists an unknown role: ${role}.`),
    ...unknownNames(scopes, known.scopes ?? []).map((scope) => `${name} lists an unknown scope: ${scope}.`),
  ];
}

const hasWho = ({ who }: Access) => who.case === 'signedIn' || who.value === true;

const unknownNames = (used: readonly string[], known: readonly string[]) => used.filter((name) => !known.includes(name));
