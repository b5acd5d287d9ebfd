import { setTimeout as sleep } from 'node:timers/promises';

/** A response of the gateway. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Record<string, unknown> | null | undefined;
  readonly errors: {
    message: string;
    path?: (string | number)[];
    extensions: { code: string; reason: string; metadata: Record<string, string>; violations?: object[] };
  }[];
}

/** The options of a query. */
export interface Asking {
  readonly variables?: Record<string, unknown>;
  readonly token?: string;
  readonly headers?: Record<string, string>;
}

/** Sends queries to the gateway on this port. */
export const asking =
  (port: number) =>
  async (query: string, { variables, token, headers }: Asking = {}): Promise<Answer> =>
    send(port, JSON.stringify({ query, variables }), {
      accept: 'application/graphql-response+json, application/json;q=0.9',
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    });

/** Repeats a query while its answer misses the deadline, as many concurrent ones do on a busy machine. */
export async function inTime(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (!answer.errors.some(({ extensions }) => extensions.code === 'DEADLINE_EXCEEDED')) return answer;
  }
}

/** The pause before another try while the gateway has too many requests at once, in milliseconds. */
const PAUSE_MS = 100;

/**
 * Sends any body to the gateway. Tries again while the gateway itself, not a service, refuses the request with `OVERLOADED`, as it does with many
 * concurrent ones on a busy machine: it has executed none of those.
 */
export async function send(port: number, body: string, headers: Record<string, string>): Promise<Answer> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${String(port)}/graphql`, { method: 'POST', headers, body });
    const { data, errors = [] } = (await response.json()) as Partial<Answer>;
    if (!errors.some(({ extensions: { code, reason } }) => code === 'UNAVAILABLE' && reason === 'OVERLOADED')) {
      return { status: response.status, headers: response.headers, data, errors };
    }
    await sleep(PAUSE_MS);
  }
}
