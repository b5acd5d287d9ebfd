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

/** How often autocannon checks whether a load is over, in milliseconds. With its default, each load lasts up to a second longer. */
const CHECK_MS = 50;

/** How long to wait for a response, in seconds: longer than the deadline of a busy machine. */
const TIMEOUT_S = 30;

/** The responses of a load. */
export interface Responses {
  readonly perSecond: number;
  /** The time of each response since its request, in milliseconds. */
  readonly latenciesMs: readonly number[];
}

/**
 * Puts a server under load.
 *
 * @throws {Error} if a request failed
 */
export async function load(options: autocannon.Options): Promise<Responses> {
  const latenciesMs: number[] = [];
  const began = performance.now();
  let ended = began;
  const { instance, over } = startLoad(options);
  instance.on('response', (_client, _status, _bytes, ms) => {
    latenciesMs.push(ms);
    ended = performance.now();
  });
  await over;
  return { perSecond: (1_000 * latenciesMs.length) / (ended - began), latenciesMs };
}

/** Starts a load. `over` resolves at its end, and rejects if a request has failed. */
export function startLoad(options: autocannon.Options): { instance: autocannon.Instance; over: Promise<autocannon.Result> } {
  const { promise: over, resolve, reject } = Promise.withResolvers<autocannon.Result>();
  const instance = autocannon({ timeout: TIMEOUT_S, ...options, sampleInt: CHECK_MS }, (error: Error | null, result) => {
    if (error) reject(error);
    else resolve(result);
  });
  return {
    instance,
    over: over.then((result) => {
      refuseFailures(result);
      return result;
    }),
  };
}

/** @throws {Error} if a request of the load failed */
function refuseFailures({ non2xx, errors, mismatches }: autocannon.Result): void {
  const failed = non2xx + errors + mismatches;
  if (failed > 0)
    throw new Error(`${failed} requests of the load failed: ${errors} without a response, ${non2xx} by status, ${mismatches} by body.`);
}
