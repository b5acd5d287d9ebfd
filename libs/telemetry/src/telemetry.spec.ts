import { afterEach, describe, expect, it } from '@jest/globals';
import { context, diag, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.ts';

let telemetry: Telemetry | undefined;
let server: Server | undefined;
const faults: string[] = [];

/** Above the longest stop, on a busy machine too. Without a bound, a stop takes the ten seconds of an export. */
const STOP_MS = 5_000;

afterEach(async () => {
  // Exports that still wait keep the process for ten seconds.
  await telemetry?.stop();
  server?.closeAllConnections();
  server?.close();
  for (const api of [context, diag, propagation, trace]) api.disable();
  faults.length = 0;
});

function start(port: number, options: Partial<TelemetryOptions> = {}): void {
  telemetry = startTelemetry({
    service: 'test',
    url: `http://127.0.0.1:${String(port)}/v1/traces`,
    headers: { 'api-key': 'key' },
    protocol: 'http/json',
    sampler: 'parentbased_always_on',
    ratio: 1,
    delayMs: 10,
    queueSize: 100,
    onFault: (fault) => faults.push(fault),
    ...options,
  });
}

/** A collector that handles each export. Returns its port. */
async function collector(handle: (body: string, respond: (status: number) => void, headers: object) => void): Promise<number> {
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () =>
      handle(body, (status) => response.writeHead(status, { 'content-type': 'application/json' }).end('{}'), request.headers),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

function makeSpans(count: number): void {
  for (let n = 0; n < count; n += 1)
    trace
      .getTracer('test')
      .startSpan(`span ${String(n)}`)
      .end();
}

const spansIn = (body: string) => body.match(/"spanId"/g)?.length ?? 0;

describe('the export of spans', () => {
  it('sends them with the name of the service and the headers', async () => {
    const arrived = Promise.withResolvers<readonly [string, object]>();
    const port = await collector((body, respond, headers) => {
      respond(200);
      arrived.resolve([body, headers]);
    });
    start(port);
    makeSpans(3);
    const [body, headers] = await arrived.promise;
    expect(body).toContain('"service.name","value":{"stringValue":"test"}');
    expect(spansIn(body)).toBe(3);
    expect(headers).toMatchObject({ 'api-key': 'key' });
  });

  it('sends them as protobuf', async () => {
    const arrived = Promise.withResolvers<readonly [string, object]>();
    const port = await collector((body, respond, headers) => {
      respond(200);
      arrived.resolve([body, headers]);
    });
    start(port, { protocol: 'http/protobuf' });
    makeSpans(3);
    const [body, headers] = await arrived.promise;
    for (const part of ['service.name', 'test', 'span 0', 'span 1', 'span 2']) expect(body).toContain(part);
    expect(headers).toMatchObject({ 'api-key': 'key', 'content-type': 'application/x-protobuf' });
  });

  it('samples a share of the traces', async () => {
    let exported = 0;
    const port = await collector((body, respond) => {
      exported += spansIn(body);
      respond(200);
    });
    start(port, { sampler: 'parentbased_traceidratio', ratio: 0.1, queueSize: 2_000 });
    makeSpans(2_000);
    await telemetry?.stop();
    expect(exported).toBeGreaterThan(100);
    expect(exported).toBeLessThan(320);
  });

  it.each([
    ['parentbased_always_on', 0, { sampled: true, made: 1 }],
    ['parentbased_always_on', 0, { sampled: false, made: 0 }],
    ['always_on', 0, { sampled: false, made: 1 }],
    ['parentbased_traceidratio', 0, { sampled: true, made: 1 }],
    ['parentbased_traceidratio', 1, { sampled: false, made: 0 }],
  ] as const)('with %s (%d), makes a span in a trace of another process: %j', async (sampler, ratio, { sampled, made }) => {
    let exported = 0;
    const port = await collector((body, respond) => {
      exported += spansIn(body);
      respond(200);
    });
    start(port, { sampler, ratio });
    const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: sampled ? 1 : 0, isRemote: true };
    const span = trace.getTracer('test').startSpan('a span', {}, trace.setSpanContext(ROOT_CONTEXT, parent));
    expect(span.spanContext()).toMatchObject({ traceId: parent.traceId, traceFlags: made });
    span.end();
    await telemetry?.stop();
    expect(exported).toBe(made);
  });

  it('does not delay the stop if no collector answers, and reports it once a minute at most', async () => {
    const back = Promise.withResolvers<undefined>();
    let exported = 0;
    const port = await collector((body, respond) => {
      respond(200);
      if ((exported += spansIn(body)) === 200) back.resolve(undefined);
    });
    server?.close();
    start(port, { delayMs: 1 });
    makeSpans(1_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    makeSpans(10);
    const began = performance.now();
    await telemetry?.stop();
    expect(performance.now() - began).toBeLessThan(STOP_MS);
    expect(faults.length).toBeLessThanOrEqual(1);
    // The exporter repeats both exports, of 100 spans each.
    server?.listen(port, '127.0.0.1');
    await back.promise;
  });

  it('drops spans while the collector hangs, and waits two seconds at most at the stop', async () => {
    let exported = 0;
    const hanging: (() => void)[] = [];
    const port = await collector((body, respond) => {
      exported += spansIn(body);
      hanging.push(() => respond(200));
    });
    start(port, { delayMs: 1 });
    makeSpans(50);
    await new Promise((resolve) => setTimeout(resolve, 200));
    makeSpans(10_000);
    const began = performance.now();
    await telemetry?.stop();
    expect(performance.now() - began).toBeLessThan(STOP_MS);
    expect(exported).toBeLessThanOrEqual(50 + 100);
    for (const respond of hanging) respond();
  });
});
