import type { Service } from '@reputable/contracts/registry';
import type { Rpc } from './rpc.ts';

const FILE = 'libs/contracts/src/registry/services.ts';

/** The faults of `calls` in the registry: services that call another one, no rpc of which accepts their calls. One line each. */
export const callFaults = (services: readonly Service[], rpcs: readonly Rpc[]): string[] =>
  services.flatMap(({ name, calls }) =>
    calls
      .filter((callee) => !rpcs.some(({ service, rule }) => packageOf(service) === callee && rule.callers.includes(name)))
      .map(
        (callee) => `${FILE}: ${name} calls ${callee}, but no rpc of reputable.${callee} has "${name}" among its callers. Add it there.`,
      ),
  );

/** The service in the registry whose package contains this service of the contract: `post` for `reputable.post.v1.PostService`. */
const packageOf = (service: string): string | undefined => service.split('.')[1];
