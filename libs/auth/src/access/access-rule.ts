import { type DescMethod, ScalarType } from '@bufbuild/protobuf';
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
  /** The conditions on further attributes, all of them. */
  readonly attributes: readonly AttributeCondition[];
  /** Whether the claims must be as new as the token. */
  readonly freshClaims?: true;
  /** Whether the rpc changes nothing, as the contract states: `idempotency_level = NO_SIDE_EFFECTS`. */
  readonly isRead?: true;
  /** Whether a repeated call changes nothing more, as the contract states: `IDEMPOTENT`, or `NO_SIDE_EFFECTS`. */
  readonly isIdempotent?: true;
  /** The rows that a call is about. Default: none. */
  readonly binds?: readonly Binding[];
  /** The services that may call the rpc. */
  readonly callers: readonly string[];
  /** Whether any peer may call: set only where peers are not identified, or are not services. */
  readonly anyPeer?: true;
}

/** A kind of rows, and the field of the request that names them. */
export interface Binding {
  /** The kind, the same for all rpcs about these rows: `post_id`. */
  readonly name: string;
  /** The field, as the contract names it. It has an id, or a list of ids. */
  readonly field: string;
}

/** A condition on one attribute of the user: the least number, or one of several texts. */
export interface AttributeCondition {
  readonly name: string;
  readonly min?: number | undefined;
  readonly anyOf: readonly string[];
}

/** The roles, scopes, services and attributes that rules may name. Any other name is a typing error and stops the service at start. */
export interface KnownNames {
  readonly roles: readonly string[];
  /** Default: none. */
  readonly scopes?: readonly string[];
  readonly services: readonly string[];
  /** The attributes that rules may name, with their form. Default: none. */
  readonly attributes?: Readonly<Record<string, 'number' | 'texts'>>;
}

/** Whether the system identifies the services that call. Without identity, a rule cannot depend on the calling service. */
export type Peers = 'identified' | 'none';

/**
 * The rules of all rpcs of these services, by path.
 *
 * @throws Error that lists every rpc with no rule, an incomplete rule, or a rule with an unknown name; without peers, also every rpc with a
 * rule that depends on the peer
 */
export function rulesOf(services: readonly AnyContract[], known: KnownNames, peers: Peers = 'identified'): ReadonlyMap<string, AccessRule> {
  const rpcs = services.flatMap((service) => contractOf(service).rpcs);
  const faults = rpcs.flatMap((rpc) => faultsOf(rpc, known, peers));
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return peers === 'none' ? forAnyPeer(rulesByPath(rpcs)) : rulesByPath(rpcs);
}

/**
 * Checks that each of these contracts has an rpc that accepts calls from a service.
 *
 * @throws Error that lists every contract without one: each call of the service would be refused
 */
export function checkCallers(contracts: readonly AnyContract[], service: string): void {
  const closed = contracts.map(contractOf).filter(({ rpcs }) => !rpcs.some(({ access }) => (access as Access).callers.includes(service)));
  if (closed.length === 0) return;
  throw new Error(
    closed.map(({ typeName }) => `calls lists ${typeName}, none of whose rpcs has "${service}" among its callers.`).join('\n'),
  );
}

/** The same rules without their check of the peer. */
export const forAnyPeer = (rules: ReadonlyMap<string, AccessRule>): ReadonlyMap<string, AccessRule> =>
  new Map([...rules].map(([path, rule]) => [path, { ...rule, anyPeer: true }]));

/** The rules of these rpcs, by path. Assumes that {@link rulesOf} has checked them. */
export const rulesByPath = (rpcs: readonly Rpc[]): ReadonlyMap<string, AccessRule> =>
  new Map(rpcs.map(ruleOfRpc).map((rule) => [rule.path, rule]));

/** The rule of one rpc. Assumes that {@link rulesOf} has checked it. */
export const ruleOf = (method: DescMethod): AccessRule => ruleOfRpc(rpcOf(method));

function ruleOfRpc({ path, access, isRead, isIdempotent }: Rpc): AccessRule {
  const { who, callers, binds } = access as Access;
  const signedIn = who.case === 'signedIn' ? who.value : undefined;
  return {
    path,
    who: who.case ?? 'service',
    anyRole: signedIn?.anyRole ?? [],
    minReputation: signedIn?.minReputation ?? 0,
    scopes: signedIn?.scopes ?? [],
    attributes: signedIn?.attributes.map(({ name, min, anyOf }) => ({ name, min, anyOf })) ?? [],
    ...(signedIn?.freshClaims === true && { freshClaims: true as const }),
    ...(isRead && { isRead: true as const }),
    ...(isIdempotent && { isIdempotent: true as const }),
    ...(binds.length > 0 && { binds: binds.map(({ name, field }) => ({ name, field: field || name })) }),
    callers,
  };
}

function faultsOf(rpc: Rpc, known: KnownNames, peers: Peers): string[] {
  const { path, access } = rpc;
  const name = path.slice(1);
  if (access === undefined) return [`${name} has no access rule.`];
  if (typeof access === 'string') return [`${name} has an access rule that cannot be read: ${access}`];
  const { anyRole = [], scopes = [], attributes = [] } = access.who.case === 'signedIn' ? access.who.value : {};
  return [
    ...(hasWho(access) ? [] : [`${name} has an access rule that does not say who: anyone, signed_in or service.`]),
    ...(peers === 'none' ? faultsWithoutPeers(name, access) : faultsInCallers(name, access, known)),
    ...faultsInConditions(name, { anyRole, scopes, attributes }, known),
    ...access.binds.flatMap((binding) => faultsInBinding(binding, rpc)).map((fault) => `${name} ${fault}`),
  ];
}

/** The name of a kind of rows, as auth accepts it. */
const KIND = /^[a-z][a-z0-9_]{0,49}$/;

/** A binding that no request can satisfy, or that a write cannot state. */
function faultsInBinding({ name, field }: Binding, { input, isRead }: Rpc): string[] {
  if (!KIND.test(name)) return [`binds rows by the name "${name}". Write it in lower case, such as post_id.`];
  if (!input) return [];
  const bound = input.fields.find((one) => one.name === (field || name));
  if (!bound) return [`binds ${field || name}, which is no field of ${input.typeName}.`];
  const isText = (bound.fieldKind === 'scalar' || bound.fieldKind === 'list') && bound.scalar === ScalarType.STRING;
  if (!isText) return [`binds ${bound.name}, which is neither a string nor a list of strings.`];
  return bound.fieldKind === 'list' && !isRead ? [`binds ${bound.name}, a list, and has side effects: bind a single id.`] : [];
}

/** The faults in a rule's conditions for the user: unknown names, and attributes compared in the wrong form. */
export function faultsInConditions(
  name: string,
  { anyRole, scopes, attributes }: Pick<AccessRule, 'anyRole' | 'scopes' | 'attributes'>,
  known: KnownNames,
): string[] {
  return [
    ...unknownNames(anyRole, known.roles).map((role) => `${name} lists an unknown role: ${role}.`),
    ...unknownNames(scopes, known.scopes ?? []).map((scope) => `${name} lists an unknown scope: ${scope}.`),
    ...attributes.flatMap((condition) => faultsInCondition(condition, known.attributes ?? {})).map((fault) => `${name} ${fault}`),
  ];
}

function faultsInCallers(name: string, { callers }: Access, { services }: KnownNames): string[] {
  if (callers.length === 0) return [`${name} has an access rule without callers.`];
  return unknownNames(callers, services).map((caller) => `${name} lists an unknown service in callers: ${caller}.`);
}

/** A rule that depends on the peer is refused, because it would be ignored. */
function faultsWithoutPeers(name: string, { callers, who }: Access): string[] {
  const advice = "and peer: 'none' identifies no service. Change the rule, or identify peers by certificate or proxy.";
  return [
    ...(callers.length === 0 ? [] : [`${name} lists callers (${callers.join(', ')}), ${advice}`]),
    ...(who.case === 'service' ? [`${name} is for services, ${advice}`] : []),
  ];
}

function faultsInCondition({ name, min, anyOf }: AttributeCondition, known: NonNullable<KnownNames['attributes']>): string[] {
  const form = known[name];
  if (form === undefined) return [`lists an unknown attribute: ${name}.`];
  if ((min === undefined) === (anyOf.length === 0)) return [`must compare the attribute ${name} by either min or any_of.`];
  if ((form === 'number') === (min !== undefined)) return [];
  return [`compares the attribute ${name} by ${min === undefined ? 'any_of' : 'min'}, but known.attributes says ${form}.`];
}

const hasWho = ({ who }: Access) => who.case === 'signedIn' || who.value === true;

const unknownNames = (used: readonly string[], known: readonly string[]) => used.filter((name) => !known.includes(name));
