import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { spansIn } from './otlp.ts';
import { type Limits, TraceStore } from './trace-store.ts';

/** The options of a {@link Collector}. */
export interface CollectorOptions {
  /** Without a port, or with 0, the system chooses one. */
  readonly port?: number;
  readonly limits?: Partial<Limits>;
}

/** The largest export, in bytes. */
const MAX_BODY = 8 * 1024 * 1024;

/** The most traces of one answer. */
const MAX_TRACES = 100;

/** A response: its status and its JSON. */
type Answer = readonly [status: number, body: object];

/**
 * A collector for development. It listens on the loopback address alone, because traces show who did what. It has no CORS headers, so no page
 * of another origin reads them:
 *
 * - `POST /v1/traces` receives spans by OTLP over HTTP, as JSON.
 * - `GET /traces/latest?count=5` answers `{ traces }`: the latest HTTP requests, the last one first.
 * - `GET /traces/<traceId>` answers a `Trace`, or 404.
 * - `GET /traces?after=<cursor>` answers `{ cursor, traces }`: the traces that changed after an earlier answer with this cursor, all with 0.
 *
 * @example
 * const collector = await Collector.start();
 * // … run services with OTEL_EXPORTER_OTLP_ENDPOINT=collector.url
 * collector.traces.latest(1)
 * await collector.stop();
 */
export class Collector {
  readonly traces: TraceStore;
  readonly #http: Server;

  private constructor(limits: Partial<Limits> | undefined) {
    this.traces = new TraceStore(limits);
    this.#http = createServer((request, response) => void this.#handle(request, response));
  }

  /** @throws Error if the port is in use */
  static async start({ port = 0, limits }: CollectorOptions = {}): Promise<Collector> {
    const collector = new Collector(limits);
    await once(collector.#http.listen(port, '127.0.0.1'), 'listening');
    return collector;
  }

  /** The value of `OTEL_EXPORTER_OTLP_ENDPOINT` for the services. */
  get url(): string {
    return `http://127.0.0.1:${String((this.#http.address() as AddressInfo).port)}`;
  }

  async stop(): Promise<void> {
    this.#http.close();
    this.#http.closeAllConnections();
    if (this.#http.listening) await once(this.#http, 'close');
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [status, body] = await this.#answer(request).catch((error: unknown): Answer => [400, { error: (error as Error).message }]);
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.end(JSON.stringify(body));
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    // A name that an attacker points to this machine would make its pages of one origin with us.
    if (!isLocal(`http://${request.headers.host ?? ''}`)) return [403, { error: 'The collector serves this machine alone.' }];
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'POST' && pathname === '/v1/traces') return this.#receive(request);
    if (request.method !== 'GET') return [405, { error: 'Use GET.' }];
    if (pathname === '/traces') return [200, this.traces.changesAfter(Number(searchParams.get('after') ?? 0) || 0)];
    if (pathname === '/traces/latest') return [200, { traces: this.traces.latest(countIn(searchParams)) }];
    const trace = this.traces.get(/^\/traces\/([\da-f]{32})$/.exec(pathname)?.[1] ?? '');
    return trace ? [200, trace] : [404, { error: 'There is no such trace. The collector keeps the latest ones in memory.' }];
  }

  async #receive(request: IncomingMessage): Promise<Answer> {
    // A page of another site can send any other type without asking.
    if (!request.headers['content-type']?.startsWith('application/json')) return [415, { error: 'Send OTLP as JSON.' }];
    this.traces.add(spansIn(await bodyOf(request)));
    return [200, { partialSuccess: {} }];
  }
}

const countIn = (search: URLSearchParams) => Math.min(Number(search.get('count') ?? 1) || 1, MAX_TRACES);

/** Whether a URL is of this machine. */
const isLocal = (url: string) => /^(localhost|127\.0\.0\.1|\[::1\])$/.test(URL.parse(url)?.hostname ?? '');

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Error(`The export is larger than ${String(MAX_BODY)} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
