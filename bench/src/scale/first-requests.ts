import type { System } from '@reputable/dev';
import type { ByProcess } from '../figures.ts';
import { LISTINGS } from '../listing.ts';
import { graphqlRequest } from '../load.ts';
import { CONNECTIONS, sample } from '../sample.ts';
import { connections } from '../side.ts';

/** The CPU time of a nested query by process, in microseconds, if each one is the first with its token. */
export async function firstRequests(system: System, tokens: readonly string[]): Promise<ByProcess> {
  let next = 0;
  // autocannon prepares the next request of each connection, also after the last one.
  const amount = tokens.length - 2 * CONNECTIONS;
  const side = {
    request: () =>
      Promise.resolve({
        ...graphqlRequest(system, LISTINGS.nested),
        requests: [
          {
            setupRequest: (request: object) => {
              const authorization = `Bearer ${tokens[next++ % tokens.length] ?? ''}`;
              return { ...request, headers: { 'content-type': 'application/json', authorization } };
            },
          },
        ],
      }),
    processes: system.processes,
    connections: () => connections(system),
  };
  return (await sample(side, 'first', { amount })).cpuUs;
}
