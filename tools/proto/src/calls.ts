import type { Service } from '@reputable/contracts/registry';
import type { Rpc } from './rpc.ts';

const FILE = 'libs/contracts/src/registry/services.ts';

/** The faults of `calls` and `informs` in the registry: services that call another one, no rpc of which accepts their calls. One line each. */
export const callFaults = (services: readonly Service[], rpcs: readonly Rpc[]): string[] =>
  services.flatMap(({ name, calls, informs }) => {
    const isRefused = (peer: string) => !rpcs.some(({ service, rule }) => packageOf(service) === peer && rule.callers.includes(name));
    const fault = (verb: string) => (peer: string) =>
      `${FILE}: ${name} ${verb} ${peer}, but no rpc of reputable.${peer} has "${name}" among its callers. Add it there.`;
    return [...calls.filter(isRefused).map(fault('calls')), ...informs.filter(isRefused).map(fault('informs'))];
  });

/** The service in the registry whose package contains this service of the contract: `post` for `reputable.post.v1.PostService`. */
const packageOf = (service: string): string | undefined => service.split('.')[1];
