import { setTimeout as sleep } from 'node:timers/promises';
import { LISTINGS } from '../listing.ts';

/** A nested query with the user: the gateway serves public reads without one if it cannot check the token. */
const DOCUMENT = `{ me { id } ${LISTINGS.nested.slice(1)}`;

/** How long a client waits for a response, in milliseconds. */
const TIMEOUT_MS = 5_000;

/** Requests to one gateway, with these tokens in turn. */
export interface Ask<Name> {
  readonly name: Name;
  /** The gateway's URL for GraphQL. */
  readonly url: string;
  readonly tokens: readonly string[];
}

/** How often to ask. */
export interface Pace {
  /** The number of requests under each name. */
  readonly perSecond: number;
  /** The time after which all tokens are in use, in seconds. They begin one by one. */
  readonly leadS: number;
}

/** A request and its outcome. Times in milliseconds, on the clock of `performance.now()`. */
export interface TimedRequest<Name> {
  readonly name: Name;
  readonly startedAt: number;
  /** The reason of the refusal; undefined if it was served. */
  readonly refusal: string | undefined;
  readonly ms: number;
}

/** Sends nested queries at even times, whether or not earlier ones have a response. `stop` waits for the last response. */
export function startRequests<Name>(
  asks: readonly Ask<Name>[],
  { perSecond, leadS }: Pace,
): { stop: () => Promise<readonly TimedRequest<Name>[]> } {
  const over = new AbortController();
  const sending = (async () => {
    const responses: Promise<TimedRequest<Name>>[] = [];
    const began = performance.now();
    const pauseMs = 1_000 / perSecond / asks.length;
    for (let turn = 0; !over.signal.aborted; turn += 1) {
      const dueMs = turn * pauseMs;
      await sleep(Math.max(0, began + dueMs - performance.now()));
      const { name, url, tokens } = asks[turn % asks.length] as Ask<Name>;
      const inUse = Math.ceil(Math.min(1, (dueMs + 1) / (leadS * 1_000)) * tokens.length);
      responses.push(ask(url, name, tokens[Math.floor(turn / asks.length) % inUse] ?? ''));
    }
    return Promise.all(responses);
  })();
  return {
    stop: () => {
      over.abort();
      return sending;
    },
  };
}

async function ask<Name>(url: string, name: Name, token: string): Promise<TimedRequest<Name>> {
  const startedAt = performance.now();
  const refusal = await refusalOf(url, token).catch(() => 'no response');
  return { name, startedAt, refusal, ms: performance.now() - startedAt };
}

async function refusalOf(url: string, token: string): Promise<string | undefined> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: DOCUMENT }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const { errors } = (await response.json()) as { readonly errors?: readonly { readonly extensions: { readonly reason: string } }[] };
  return errors?.[0]?.extensions.reason;
}
