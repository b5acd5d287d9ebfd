import type { System } from '@reputable/dev';
import autocannon from 'autocannon';
import { graphqlRequest, refuseFailures } from './load.ts';

/** The number of connections. */
const CONNECTIONS = 10;

const LIST = '{ posts(first: 10) { nodes { id title author { displayName } comments(first: 5) { nodes { body } } } } }';

/**
 * Starts a steady load of list queries with a user's token. `stop` resolves with the requests per second, and rejects if a request has failed.
 */
export function startLoad(system: System, token: string): { stop: () => Promise<number> } {
  const over = Promise.withResolvers<autocannon.Result>();
  const options = { ...graphqlRequest(system, LIST, token), connections: CONNECTIONS, duration: 600 };
  const instance = autocannon(options, (error: Error | null, result) => {
    if (error) over.reject(error);
    else over.resolve(result);
  });
  return {
    stop: async () => {
      instance.stop();
      const result = await over.promise;
      refuseFailures(result);
      return result.requests.average;
    },
  };
}
