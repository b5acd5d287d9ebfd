import type { System } from '@reputable/dev';
import { graphqlRequest, startLoad } from './load.ts';

/** The number of connections. */
const CONNECTIONS = 10;

const LIST = '{ posts(first: 10) { nodes { id title author { displayName } comments(first: 5) { nodes { body } } } } }';

/**
 * Starts a steady load of list queries with a user's token. `stop` resolves with the requests per second, and rejects if a request has failed.
 */
export function startSteadyLoad(system: System, token: string): { stop: () => Promise<number> } {
  const { instance, over } = startLoad({ ...graphqlRequest(system, LIST, token), connections: CONNECTIONS, duration: 600 });
  return {
    stop: async () => {
      instance.stop();
      const { requests, duration } = await over;
      return requests.total / duration;
    },
  };
}
