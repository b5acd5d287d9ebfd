import type { System } from '@reputable/dev';
import autocannon from 'autocannon';

/** The number of connections. */
const CONNECTIONS = 10;

const LIST = '{ posts(first: 10) { nodes { id title author { displayName } comments(first: 5) { nodes { body } } } } }';

/**
 * Starts a steady load of list queries with a user's token. `stop` resolves with the requests per second, and rejects if a request has failed.
 */
export function startLoad({ urls }: System, token: string): { stop: () => Promise<number> } {
  const result = Promise.withResolvers<number>();
  const options: autocannon.Options = {
    url: urls.graphql,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: LIST }),
    connections: CONNECTIONS,
    duration: 600,
    verifyBody: (body) => !String(body).includes('"errors"'),
  };
  const instance = autocannon(options, (error: Error | null, { requests, non2xx, errors, mismatches }) => {
    const failed = non2xx + errors + mismatches;
    if (error) result.reject(error);
    else if (failed > 0) result.reject(new Error(`${String(failed)} requests of the load failed.`));
    else result.resolve(requests.average);
  });
  return {
    stop: () => {
      instance.stop();
      return result.promise;
    },
  };
}
