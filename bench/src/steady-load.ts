import type { System } from '@reputable/dev';
import autocannon from 'autocannon';

/** How many connections the load has, all the while. */
const CONNECTIONS = 10;

const LIST = '{ posts(first: 10) { nodes { id title author { displayName } comments(first: 5) { nodes { body } } } } }';

/** Has a system read lists, as the user of a token, until it is stopped; which tells how many requests a second that were. */
export function startLoad({ urls }: System, token: string): { stop: () => Promise<number> } {
  const result = Promise.withResolvers<number>();
  const options: autocannon.Options = {
    url: urls.graphql,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: LIST }),
    connections: CONNECTIONS,
    duration: 600,
  };
  const instance = autocannon(options, (error: Error | null, { requests }) =>
    error ? result.reject(error) : result.resolve(requests.average),
  );
  return {
    stop: () => {
      instance.stop();
      return result.promise;
    },
  };
}
