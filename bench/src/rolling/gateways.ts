import { once } from 'node:events';
import { Agent, get, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const host = '127.0.0.1';

/** The interval of the checks of readiness, in milliseconds. */
const CHECK_MS = 100;

/** The longest time of a check, in milliseconds. */
const CHECK_TIMEOUT_MS = 1_000;

/** The number of checks in a row without an answer after which a gateway counts as not ready. A busy machine delays some. */
const UNANSWERED = 3;

/** The longest time of a request, in milliseconds. */
const TIMEOUT_MS = 15_000;

interface Gateway {
  readonly port: number;
  readonly agent: Agent;
  isReady: boolean;
}

/** Several gateways, and a client that behaves as a balancer does: it keeps connections open, and sends nothing to a gateway that is not ready. */
export class Gateways {
  readonly #gateways: readonly Gateway[];
  readonly #over = new AbortController();
  readonly #checks: Promise<unknown>;
  #turn = 0;

  constructor(ports: readonly number[]) {
    this.#gateways = ports.map((port) => ({ port, agent: new Agent({ keepAlive: true }), isReady: true }));
    this.#checks = Promise.all(this.#gateways.map((gateway) => this.#watch(gateway)));
  }

  /** Sends a query to the gateway whose turn it is. Resolves with `ok`, or the reason of the failure. */
  async ask(query: string, variables: object, token: string): Promise<string> {
    const ready = this.#gateways.filter(({ isReady }) => isReady);
    const gateway = ready[(this.#turn += 1) % ready.length];
    if (!gateway) return 'no gateway is ready';
    try {
      return outcomeOf(await post(gateway, JSON.stringify({ query, variables }), token));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return code ?? message;
    }
  }

  async close(): Promise<void> {
    this.#over.abort();
    await this.#checks;
    for (const { agent } of this.#gateways) agent.destroy();
  }

  async #watch(gateway: Gateway): Promise<void> {
    for (let unanswered = 0; !this.#over.signal.aborted;) {
      const status = await readiness(gateway.port);
      unanswered = status === undefined ? unanswered + 1 : 0;
      if (status !== undefined || unanswered >= UNANSWERED) gateway.isReady = status === 200;
      await sleep(CHECK_MS);
    }
  }
}

/** The status of `/health/ready`; undefined without an answer. Asks over a new connection, so that requests in progress do not delay it. */
async function readiness(port: number): Promise<number | undefined> {
  try {
    const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
    const [response] = (await once(get({ host, port, path: '/health/ready', agent: false, signal }), 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? 503 : undefined;
  }
}

async function post({ port, agent }: Gateway, body: string, token: string): Promise<string> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), authorization: `Bearer ${token}` };
  const sent = request({ host, port, path: '/graphql', method: 'POST', agent, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  // After the response has begun, its stream reports the error too.
  sent.on('error', () => undefined).end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return text(response);
}

function outcomeOf(answer: string): string {
  const { data, errors } = JSON.parse(answer) as {
    data?: object | null;
    errors?: readonly { message: string; extensions?: { reason?: string; metadata?: { service?: string } } }[];
  };
  const [error] = errors ?? [];
  if (!error) return data ? 'ok' : 'neither data nor errors';
  const { reason = error.message, metadata } = error.extensions ?? {};
  return metadata?.service === undefined ? reason : `${reason} of ${metadata.service}`;
}
