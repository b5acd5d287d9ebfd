import type { Service } from '@reputable/contracts/registry';
import type { Rpc } from './rpc.ts';

const AUTH = 'proto/reputable/auth/v1/auth.proto';
const FILE = 'libs/contracts/src/registry/services.ts';

/** The faults of `calls` and `informs` in the registry: services that call another one, no rpc of which accepts their calls. One line each. */
export const callFaults = (services: readonly Service[], rpcs: readonly Rpc[]): string[] =>
  services.flatMap(({ name, calls, informs }) => {
    const isRefused = (peer: string) => !rpcs.some(({ service, rule }) => packageOf(service) === peer && rule.callers.includes(name));
    const fault = (verb: string) => (peer: string) =>
      `${FILE}: ${name} ${verb} ${peer}, but no rpc of reputable.${peer} has "${name}" among its callers. Add it there.`;
    return [...calls.filter(isRefused).map(fault('calls')), ...informs.filter(isRefused).map(fault('informs'))];
  });

/**
 * The faults of services that call others with the user's token, and may not request replacements for Transaction Tokens: those calls would fail with
 * `TOKENS_INSIDE=txn`. And of services that may request replacements without need. One line each.
 */
export function forwardingFaults(services: readonly Service[], rpcs: readonly Rpc[]): string[] {
  const replacers = rpcs.find(({ name }) => name === 'IssueTransactionToken')?.rule.callers ?? [];
  const forwards = (name: string) => (peer: string) =>
    rpcs.some(({ service, rule }) => packageOf(service) === peer && rule.who.case !== 'service' && rule.callers.includes(name));
  return services.flatMap(({ name, calls }) => {
    const peer = calls.find(forwards(name));
    if (replacers.includes(name) === (peer !== undefined)) return [];
    if (peer === undefined)
      return [
        `${AUTH}: ${name} is among the callers of IssueTransactionToken, but calls no service with the user's token. Remove it there.`,
      ];
    const fault = `${name} calls ${peer} with the user's token, but is not among the callers of IssueTransactionToken`;
    return [`${AUTH}: ${fault}, which replaces Transaction Tokens. Add "${name}" there.`];
  });
}

/** The service in the registry whose package contains this service of the contract: `post` for `reputable.post.v1.PostService`. */
const packageOf = (service: string): string | undefined => service.split('.')[1];
