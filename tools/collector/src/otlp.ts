import type { Attributes, Link, Span, Value } from './trace.ts';

/** A span as it arrives: its times are nanoseconds since the epoch. */
export interface ReceivedSpan extends Pick<Span, 'spanId' | 'parentId' | 'service' | 'name' | 'kind' | 'status' | 'attributes' | 'links'> {
  readonly traceId: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** The parts of an ExportTraceServiceRequest in JSON (OTLP 1.x) that we read. */
interface Request {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly KeyValue[] };
    readonly scopeSpans?: readonly { readonly spans?: readonly OtlpSpan[] }[];
  }[];
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind?: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly KeyValue[];
  readonly links?: readonly Link[];
  readonly status?: { readonly code?: number };
}

interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string | number;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
}

const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUSES = ['unset', 'ok', 'error'] as const;

/**
 * The spans in a body of `POST /v1/traces`.
 *
 * @throws Error if the body is no JSON, or a span has no id or time
 */
export function spansIn(body: string): ReceivedSpan[] {
  const { resourceSpans = [] } = JSON.parse(body) as Request;
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) => {
    const service = String(attributesOf(resource?.attributes)['service.name'] ?? 'unknown');
    return scopeSpans.flatMap(({ spans = [] }) => spans.map((span) => received(service, span)));
  });
}

function received(service: string, span: OtlpSpan): ReceivedSpan {
  if (!/^[\da-f]{32}$/.test(span.traceId) || !/^[\da-f]{16}$/.test(span.spanId)) throw new Error('A span has no id.');
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId && { parentId: span.parentSpanId }),
    service,
    name: span.name,
    kind: KINDS[span.kind ?? 0] ?? 'internal',
    startNs: timeOf(span.startTimeUnixNano),
    endNs: timeOf(span.endTimeUnixNano),
    status: STATUSES[span.status?.code ?? 0] ?? 'unset',
    attributes: attributesOf(span.attributes),
    links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
  };
}

/** A fixed64 of OTLP: later times are no dates, and would fail every request for traces. */
function timeOf(text: string): bigint {
  const time = BigInt(text);
  if (time < 0n || time >= 2n ** 64n) throw new Error(`A span has no time: ${text}.`);
  return time;
}

const attributesOf = (list: readonly KeyValue[] = []): Attributes =>
  Object.fromEntries(list.map(({ key, value }) => [key, valueOf(value)]));

function valueOf(value: AnyValue): Value {
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(valueOf) as Value;
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue ?? '';
}
