import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Collector, type Span } from '@reputable/collector';
import { startTelemetry, type Telemetry } from '@reputable/telemetry';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { httpAdapter } from './http-adapter.ts';

const TRACE = 'a'.repeat(32);
const PARENT = 'b'.repeat(16);
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`;

let collector: Collector;
let telemetry: Telemetry;
const servers: { readonly port: number; readonly close: () => Promise<unknown> }[] = [];

beforeAll(async () => {
  collector = await Collector.start();
  const settings = {
    url: `${collector.url}/v1/traces`,
    headers: {},
    protocol: 'http/json',
    sampler: 'parentbased_always_on',
    ratio: 1,
  } as const;
  telemetry = startTelemetry({ service: 'web', ...settings, delayMs: 10, queueSize: 100, onFault: () => undefined });
  for (const trustProxy of [[], ['127.0.0.0/8']]) {
    const fastify = httpAdapter({ trustProxy }, true).getInstance();
    fastify.get('/links/:token', (_request, reply) => reply.send('ok'));
    fastify.get('/health/live', (_request, reply) => reply.send('ok'));
    fastify.post('/fails', (_request, reply) => reply.code(503).send('down'));
    await fastify.listen({ host: '127.0.0.1', port: 0 });
    servers.push({ port: (fastify.server.address() as AddressInfo).port, close: () => fastify.close() });
  }
});
afterAll(async () => {
  await telemetry.stop();
  await collector.stop();
  for (const { close } of servers) await close();
});

/** Sends a request to the server without trusted proxies, or to the one with. Returns its span. */
async function spanOf(path: string, { headers = {}, method = 'GET', trusted = false }): Promise<Span & { readonly traceId: string }> {
  const { cursor } = collector.traces.changesAfter(0);
  const socket = connect(servers[trusted ? 1 : 0]?.port ?? 0, '127.0.0.1');
  const lines = Object.entries({ host: 'localhost', connection: 'close', 'content-length': '0', ...headers });
  socket.end(`${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  await once(socket.resume(), 'close');
  for (;;) {
    const [trace] = collector.traces.changesAfter(cursor).traces;
    if (trace?.spans[0]) return { ...trace.spans[0], traceId: trace.traceId };
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('the span of a request', () => {
  it('has the route, and neither the path nor the query', async () => {
    const span = await spanOf('/links/canary-token?email=canary@example.com', { headers: { authorization: 'Bearer canary' } });
    expect(span).toMatchObject({
      name: 'GET /links/:token',
      kind: 'server',
      status: 'unset',
      attributes: { 'http.request.method': 'GET', 'http.route': '/links/:token', 'http.response.status_code': 200 },
    });
    expect(JSON.stringify(span)).not.toContain('canary');
  });

  it.each([
    ['an unknown path', '/canary', 'GET', { name: 'GET', status: 'unset', attributes: { 'http.response.status_code': 404 } }],
    ['a fault of the server', '/fails', 'POST', { name: 'POST /fails', status: 'error', attributes: { 'error.type': '503' } }],
  ])('shows %s', async (_, path, method, expected) => {
    expect(await spanOf(path, { method })).toMatchObject(expected);
  });

  it('has a link to the span of a client, and no parent: clients do not choose what is sampled', async () => {
    for (const flags of ['00', '01']) {
      const span = await spanOf('/fails', {
        method: 'POST',
        headers: { traceparent: `00-${TRACE}-${PARENT}-${flags}`, tracestate: 'a=canary' },
      });
      expect(span.traceId).not.toBe(TRACE);
      expect(span).toMatchObject({ links: [{ traceId: TRACE, spanId: PARENT }] });
      expect(span).not.toHaveProperty('parentId');
    }
  });

  it('continues the trace of a trusted proxy', async () => {
    const span = await spanOf('/fails', { method: 'POST', headers: { traceparent: TRACEPARENT }, trusted: true });
    expect(span).toMatchObject({ traceId: TRACE, parentId: PARENT, links: [] });
  });

  it.each([
    ['is malformed', '00-x'],
    ['has only zeros', `00-${'0'.repeat(32)}-${PARENT}-01`],
    ['has 10 KB', `00-${TRACE}-${PARENT}-01-${'x'.repeat(10_000)}`],
    ['has 10 KB of digits', 'a'.repeat(10_000)],
    ['comes twice', `${TRACEPARENT}, ${TRACEPARENT}`],
  ])('ignores a traceparent that %s', async (_, traceparent) => {
    for (const trusted of [false, true]) {
      const span = await spanOf('/links/1', { headers: { traceparent }, trusted });
      expect(span).toMatchObject({ links: [], attributes: { 'http.response.status_code': 200 } });
      expect(span.traceId).not.toBe(TRACE);
    }
  });

  it('does not exist for a health check', async () => {
    await fetch(`http://127.0.0.1:${String(servers[0]?.port)}/health/live`);
    expect(await spanOf('/links/1', {})).toMatchObject({ name: 'GET /links/:token' });
  });
});
