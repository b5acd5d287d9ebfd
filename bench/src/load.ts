import type { System } from '@reputable/dev';
import autocannon from 'autocannon';

/** The request of a GraphQL query for autocannon, which counts responses with errors as mismatches. */
export const graphqlRequest = ({ urls }: Pick<System, 'urls'>, document: string, token?: string) =>
  ({
    url: urls.graphql,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query: document }),
    verifyBody: (body) => !String(body).includes('"errors"'),
  }) satisfies autocannon.Options;

/**
 * Puts a server under load.
 *
 * @throws {Error} if a request failed
 */
export async function load(options: autocannon.Options): Promise<autocannon.Result> {
  const result = await autocannon(options);
  refuseFailures(result);
  return result;
}

/** @throws {Error} if a request of the load failed */
export function refuseFailures({ non2xx, errors, mismatches }: autocannon.Result): void {
  const failed = non2xx + errors + mismatches;
  if (failed > 0)
    throw new Error(`${failed} requests of the load failed: ${errors} without a response, ${non2xx} by status, ${mismatches} by body.`);
}
