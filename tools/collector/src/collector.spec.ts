import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { Collector } from './collector.ts';
import { render } from './render.ts';
import type { Limits } from './trace-store.ts';

let collector: Collector;
const start = async (limits: Partial<Limits> = {}) => {
  collector = await Collector.start({ limits });
};
beforeEach(() => start());
afterEach(() => collector.stop());

const id = (n: number, digits: number) => n.toString(16).padStart(digits, '0');

interface Made {
  readonly trace: number;
  readonly span: number;
  readonly parent?: number;
  readonly kind?: number;
  readonly startMs?: number;
  readonly attributes?: Readonly<Record<string, string | number>>;
}

/** An export of one span, as the exporter sends it. */
const exportOf = ({ trace, span, parent, kind = 2, startMs = 1_000, attributes = { 'http.request.method': 'GET' } }: Made) => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'gateway' } }] },
      scopeSpans: [
        {
          spans: [
            {
              traceId: id(trace, 32),
              spanId: id(span, 16),
              ...(parent !== undefined && { parentSpanId: id(parent, 16) }),
              name: `span ${String(span)}`,
              kind,
              startTimeUnixNano: `${String(startMs)}000000`,
              endTimeUnixNano: `${String(startMs + 2)}500000`,
              attributes: Object.entries(attributes).map(([key, value]) => ({
                key,
                value: typeof value === 'string' ? { stringValue: value } : { intValue: value },
              })),
              links: [{ traceId: id(99, 32), spanId: id(98, 16), attributes: [] }],
              status: { code: 2 },
            },
          ],
        },
      ],
    },
  ],
});

const post = (body: string, type = 'application/json') =>
  fetch(`${collector.url}/v1/traces`, { method: 'POST', headers: { 'content-type': type }, body });

const send = (made: Made) => post(JSON.stringify(exportOf(made)));

const exportAt = (time: string) => {
  const span = { traceId: id(1, 32), spanId: id(1, 16), name: 'span', startTimeUnixNano: time, endTimeUnixNano: time };
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
};

const get = async (path: string) => (await fetch(`${collector.url}${path}`)).json() as Promise<Record<string, unknown>>;

describe('a collector', () => {
  it('serves a trace with times in microseconds after its start', async () => {
    await send({ trace: 1, span: 2, parent: 1, startMs: 1_001, attributes: { 'rpc.method': 'a', size: 3 }, kind: 3 });
    await send({ trace: 1, span: 1 });
    expect(await get(`/traces/${id(1, 32)}`)).toEqual({
      traceId: id(1, 32),
      startedAt: '1970-01-01T00:00:01.000Z',
      droppedSpans: 0,
      spans: [
        expect.objectContaining({ spanId: id(1, 16), service: 'gateway', kind: 'server', startUs: 0, durationUs: 2_500, status: 'error' }),
        {
          spanId: id(2, 16),
          parentId: id(1, 16),
          service: 'gateway',
          name: 'span 2',
          kind: 'client',
          startUs: 1_000,
          durationUs: 2_500,
          status: 'error',
          attributes: { 'rpc.method': 'a', size: 3 },
          links: [{ traceId: id(99, 32), spanId: id(98, 16) }],
        },
      ],
    });
  });

  it('serves the traces that changed after a cursor, and the latest requests', async () => {
    await send({ trace: 1, span: 1, startMs: 5_000 });
    await send({ trace: 2, span: 1, startMs: 6_000 });
    const { cursor } = await get('/traces');
    await send({ trace: 3, span: 1, attributes: {} });
    await send({ trace: 1, span: 2, parent: 1 });
    const ids = (body: Record<string, unknown>) =>
      (body['traces'] as { traceId: string }[]).map(({ traceId }) => Number.parseInt(traceId, 16));
    expect(ids(await get(`/traces?after=${String(cursor)}`))).toEqual([3, 1]);
    expect(ids(await get('/traces/latest?count=5'))).toEqual([2, 1]);
    expect(ids(await get('/traces/latest'))).toEqual([2]);
  });

  it.each([
    ['the number of traces', { traces: 3 }],
    ['the size of all spans', { size: 1_000 }],
  ])('bounds %s', async (_, limits) => {
    await collector.stop();
    await start(limits);
    for (let trace = 1; trace <= 20; trace += 1) await send({ trace, span: 1 });
    const { traces } = collector.traces.changesAfter(0);
    expect(traces.at(-1)?.traceId).toBe(id(20, 32));
    expect(traces.length).toBe(3);
  });

  it('bounds the number of spans of a trace', async () => {
    await collector.stop();
    await start({ spans: 2 });
    for (let span = 1; span <= 5; span += 1) await send({ trace: 1, span });
    expect(collector.traces.get(id(1, 32))).toMatchObject({ spans: [{}, {}], droppedSpans: 3 });
  });

  it.each([
    ['no JSON', '{', 'application/json', 400],
    ['spans without ids', JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: 'x' }] }] }] }), 'application/json', 400],
    ['a time that no date has', exportAt('9'.repeat(26)), 'application/json', 400],
    ['another type, as forms of other sites have', '{}', 'text/plain', 415],
    ['more than 8 MB', `"${'x'.repeat(9_000_000)}"`, 'application/json', 400],
  ])('refuses %s', async (_, body, type, status) => {
    expect((await post(body, type).catch(() => ({ status: 400 }))).status).toBe(status);
    expect(collector.traces.changesAfter(0).traces).toEqual([]);
  });

  it('refuses the name of another host, and lets no page of another origin read', async () => {
    const { port } = new URL(collector.url);
    const statusFor = (host: string) =>
      new Promise((resolve) => {
        request({ port, path: '/traces', headers: { host } }, (response) => resolve(response.resume().statusCode)).end();
      });
    expect(await statusFor('evil.example')).toBe(403);
    expect(await statusFor(`localhost:${port}`)).toBe(200);
    for (const origin of ['http://localhost:3000', 'http://evil.example', 'null']) {
      const { headers } = await fetch(`${collector.url}/traces`, { headers: { origin } });
      expect(headers.has('access-control-allow-origin')).toBe(false);
    }
  });
});

it('a trace is printed as a tree, with the decision of each call', async () => {
  const refused = {
    'rpc.method': 'a',
    'reputable.peer': 'spiffe://x/gateway',
    'reputable.decision': 'refuse',
    'reputable.reason': 'ROLE_MISSING',
    'reputable.checks': 'peer pass 14 us, role ROLE_MISSING 3 us',
  };
  await send({ trace: 1, span: 1 });
  await send({ trace: 1, span: 2, parent: 1, kind: 3, startMs: 1_001, attributes: { 'rpc.method': 'a' } });
  await send({ trace: 1, span: 3, parent: 2, startMs: 1_001, attributes: refused });
  const trace = collector.traces.get(id(1, 32));
  const lines = trace ? render(trace).split('\n') : [];
  expect(lines.map((line) => line.replace(/ +/g, ' ').trim())).toEqual([
    `${id(1, 32)} 1970-01-01T00:00:01.000Z 3 spans, 3.5 ms`,
    'gateway span 1 +0.0 ms 2.5 ms',
    '└─ gateway → span 2 +1.0 ms 2.5 ms',
    '└─ gateway span 3 +1.0 ms 2.5 ms',
    'from spiffe://x/gateway',
    'checks: peer pass 14 us, role ROLE_MISSING 3 us',
    'refused: ROLE_MISSING',
    '',
  ]);
});
