import { faultsInConditions, type KnownNames } from '../access/access-rule.ts';
import { ruleOfHandler } from './access.decorator.ts';
import type { Handler, HandlerKind } from './handler.ts';

/** The handlers that Nest calls without the guard, or without its answer for each message. */
const UNSUPPORTED: Partial<Record<HandlerKind, string>> = {
  'GraphQL subscription': 'a GraphQL subscription',
  'GraphQL reference': 'a GraphQL reference resolver',
  message: 'a message handler of a transport other than gRPC',
  WebSocket: 'a WebSocket gateway',
};

/**
 * Checks that each handler other than an rpc has a rule that the guard enforces.
 *
 * @throws Error that lists every handler without a rule, with an unknown name in its rule, or that the guard cannot protect
 */
export function checkHandlers(handlers: readonly Handler[], known: KnownNames): void {
  const faults = handlers.flatMap((handler) => faultsOf(handler, known));
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

function faultsOf({ kind, name, method }: Handler, known: KnownNames): string[] {
  const unsupported = UNSUPPORTED[kind];
  if (unsupported !== undefined) return [`${name} is ${unsupported}, which AuthModule does not guard.`];
  const rule = ruleOfHandler(method);
  if (kind === 'gRPC') return rule ? [`${name} has @Access, but the rules of rpcs are in the contract.`] : [];
  if (kind === 'GraphQL field')
    return rule ? [`${name} has @Access, but Nest calls no guards for fields. Check the user in the resolver.`] : [];
  return rule ? faultsInConditions(name, rule, known) : [`${name} has no access rule. Add @Access.`];
}
