import { afterEach, describe, expect, it } from '@jest/globals';
import { diag, metrics } from '@opentelemetry/api';
import { instruments, observed } from '@reputable/tracing';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Metrics, type MetricsOptions, startMetrics } from './metrics.ts';

let running: Metrics | undefined;

afterEach(async () => {
  await running?.stop();
  running = undefined;
  for (const api of [diag, metrics]) api.disable();
});

const start = async (options: Partial<MetricsOptions>) => {
  running = await startMetrics({ service: 'test', onFault: () => undefined, ...options });
  return running;
};

const url = (path: string) => `http://127.0.0.1:${String(running?.port)}${path}`;

const votes = instruments((meter) => meter.createCounter('votes', { unit: '{vote}', description: 'Votes' }));
const durations = instruments((meter) => meter.createHistogram('call.duration', { unit: 's', advice: { explicitBucketBoundaries: [1] } }));

describe('instruments', () => {
  it('do not exist without an SDK', async () => {
    expect(votes()).toBeUndefined();
    await start({ serve: { host: '127.0.0.1', port: 0 } });
    expect(votes()).toBeDefined();
    metrics.disable();
    expect(votes()).toBeUndefined();
  });
});

describe('/metrics', () => {
  it('has the metrics with their units, as Prometheus names them, and no labels of its own', async () => {
    await start({ serve: { host: '127.0.0.1', port: 0 } });
    votes()?.add(2, { 'rpc.method': 'a.B/C' });
    durations()?.record(0.5);
    observed({ name: 'queue.age', unit: 's' }, (result) => result.observe(3));
    const response = await fetch(url('/metrics'));
    const text = await response.text();
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const line of ['votes_total{rpc_method="a.B/C"} 2', 'call_duration_seconds_bucket{le="1"} 1', 'queue_age_seconds 3'])
      expect(text.split('\n')).toContain(line);
    expect(text).toMatch(/^target_info\{service_name="test"/m);
  });

  it('has the delay of the event loop, from its first measurement on', async () => {
    await start({ serve: { host: '127.0.0.1', port: 0 } });
    const text = async () => (await fetch(url('/metrics'))).text();
    while (!(await text()).includes('nodejs_eventloop_delay_p99_seconds ')) await sleep(50);
  });

  it('is the only path, and is only read', async () => {
    await start({ serve: { host: '127.0.0.1', port: 0 } });
    for (const path of ['/', '/metrics/', '//metrics', '/../etc/passwd']) expect((await fetch(url(path))).status).toBe(404);
    expect((await fetch(url('/metrics'), { method: 'POST' })).status).toBe(404);
  });

  it('has the other metrics if reading one fails or does not end', async () => {
    await start({ serve: { host: '127.0.0.1', port: 0 } });
    observed({ name: 'endless' }, () => new Promise(() => undefined));
    observed({ name: 'failing' }, () => Promise.reject(new Error('no answer')));
    votes()?.add(1);
    expect(await (await fetch(url('/metrics'))).text()).toContain('votes_total 1');
  });

  it('bounds the combinations of labels', async () => {
    await start({ serve: { host: '127.0.0.1', port: 0 } });
    for (let n = 0; n < 5_000; n += 1) votes()?.add(1, { n });
    const lines = (await (await fetch(url('/metrics'))).text()).split('\n').filter((line) => line.startsWith('votes_total'));
    expect(lines).toHaveLength(2_000);
    expect(lines.at(-1)).toMatch(/otel_metric_overflow="true"\} 3001$/);
  });

  it('does not start on a port in use', async () => {
    const { port = 0 } = await start({ serve: { host: '127.0.0.1', port: 0 } });
    await expect(startMetrics({ service: 'test', serve: { host: '127.0.0.1', port }, onFault: () => undefined })).rejects.toThrow(
      'EADDRINUSE',
    );
  });
});

describe('the export of metrics', () => {
  it.each([
    ['http/protobuf', 'application/x-protobuf'],
    ['http/json', 'application/json'],
  ] as const)('sends them as %s at the stop, with the headers', async (protocol, type) => {
    const server = createServer((_, response) => void response.end('{}')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const exported = once(server, 'request') as Promise<[IncomingMessage]>;
    const push = { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1/metrics`, headers: { 'api-key': 'key' } };
    const pushing = await start({ push: { ...push, protocol, intervalMs: 60_000 } });
    votes()?.add(1);
    await pushing.stop();
    const [{ headers }] = await exported;
    expect(headers).toMatchObject({ 'api-key': 'key', 'content-type': type });
    server.close();
  });
});
