import { describe, expect, it } from '@jest/globals';
import { type Attributes, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { TraceState } from '@opentelemetry/core';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { type ReadableSpan, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { encodeSpans } from './span-encoder.ts';

const REMOTE = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.SAMPLED,
  isRemote: true,
  traceState: new TraceState('vendor=value,other=ü'),
};

class Spans implements SpanProcessor {
  readonly ended: ReadableSpan[] = [];

  onStart(): void {
    // They are read at their end.
  }

  onEnd(span: ReadableSpan): void {
    this.ended.push(span);
  }

  forceFlush = () => Promise.resolve();
  shutdown = () => Promise.resolve();
}

function spansOf(make: (provider: TracerProvider) => void): ReadableSpan[] {
  const spans = new Spans();
  make(
    new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'test', 'process.pid': 7 }, { schemaUrl: 'https://example.com/schema' }),
      spanProcessors: [spans],
      spanLimits: { eventCountLimit: 2, attributeCountLimit: 40 },
    }),
  );
  return spans.ended;
}

const oneSpan = (change: (span: Span) => void, name = 'a span') =>
  spansOf((provider) => {
    const span = provider.getTracer('test').startSpan(name);
    change(span);
    span.end();
  });

/** All kinds of values. */
const VALUES: readonly (readonly [string, Attributes])[] = [
  ['texts', { empty: '', short: 'a', umlaut: 'für', emoji: '👍', half: '\ud83d', clé: 'ключ' }],
  [
    'texts around the limits of lengths',
    Object.fromEntries([63, 64, 65, 120, 127, 128, 16_383, 16_384].map((n) => [`n${String(n)}`, 'x'.repeat(n)])),
  ],
  ['long texts of other scripts', { text: 'ß'.repeat(60), longer: '漢'.repeat(6_000) }],
  ['integers', { zero: 0, one: 1, byte: 127, two: 128, large: 2 ** 31, larger: 2 ** 53, negative: -1, least: -(2 ** 63) }],
  ['other numbers', { half: 0.5, nan: NaN, infinite: Infinity, huge: 2 ** 63, small: 5e-324 }],
  ['booleans', { yes: true, no: false }],
  ['lists', { none: [], texts: ['a', 'ü'], numbers: [1, -2, 0.5], gaps: ['a', null, 'b'], many: Array.from({ length: 200 }, () => 'abc') }],
  ['maps, bytes and nothing', { map: { a: 1, b: { c: ['d'] } }, bytes: new Uint8Array([0, 1, 255]), nothing: null }],
];

describe('the encoding of spans', () => {
  it.each(VALUES)('has the same bytes as the serializer of OpenTelemetry: %s', (_name, attributes) => {
    expectSame(oneSpan((span) => span.setAttributes(attributes)));
  });

  it('has the same bytes for parents, links, events, states and kinds', () => {
    const spans = spansOf((provider) => {
      for (const kind of [SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER]) {
        const parent = provider.getTracer('first').startSpan('parent', { kind }, trace.setSpanContext(ROOT_CONTEXT, REMOTE));
        const links = [
          { context: REMOTE, attributes: { why: 'joined' } },
          { context: { ...REMOTE, spanId: 'B7AD6B7169203331', isRemote: false } },
        ];
        const child = provider.getTracer('second', '1.2.3', { schemaUrl: 'https://example.com/scope' });
        const span = child.startSpan('child', { links }, trace.setSpan(ROOT_CONTEXT, parent));
        for (const name of ['dropped', 'bare', 'full'])
          span.addEvent(name, name === 'full' ? { at: 1, 'reputable.check': 'pass' } : undefined);
        span.setStatus({ code: SpanStatusCode.ERROR, message: 'failed' }).end();
        parent.setStatus({ code: SpanStatusCode.OK }).end();
      }
    });
    expect(spans).toHaveLength(10);
    expectSame(spans);
  });

  it('has the same bytes for dropped attributes, and for times up to the year 2100', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`a${String(n)}`, n]));
    expectSame(oneSpan((span) => span.setAttributes(many)));
    const times = [0, 1, 999_999_999].flatMap((nanoseconds) =>
      [0, 1, 65_535, 65_536, 1_800_000_000, 4_102_444_800].map((seconds) => [seconds, nanoseconds] as [number, number]),
    );
    expectSame(
      spansOf((provider) => {
        for (const time of times) provider.getTracer('test').startSpan('timed', { startTime: time }).end(time);
      }),
    );
  });

  it('has the same bytes for many spans, and for none', () => {
    expectSame(
      spansOf((provider) => {
        for (let n = 0; n < 600; n += 1)
          provider
            .getTracer('test')
            .startSpan(`span ${String(n)}`.repeat(n))
            .end();
      }),
    );
    expectSame([]);
  });
});

function expectSame(spans: ReadableSpan[]): void {
  expect(Buffer.from(encodeSpans(spans)).equals(Buffer.from(ProtobufTraceSerializer.serializeRequest(spans) ?? []))).toBe(true);
}
