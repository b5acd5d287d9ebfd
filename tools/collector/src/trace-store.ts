import type { ReceivedSpan } from './otlp.ts';
import type { Span, Trace } from './trace.ts';

/** The limits of a {@link TraceStore}. */
export interface Limits {
  /** Default: 1,000. */
  readonly traces: number;
  /** Spans of one trace. Default: 2,000. */
  readonly spans: number;
  /** The size of all spans as JSON, in characters. Default: 64 million. */
  readonly size: number;
}

interface Stored {
  readonly traceId: string;
  readonly spans: Map<string, ReceivedSpan>;
  size: number;
  dropped: number;
  /** The position of the last change in the order of all changes. */
  changed: number;
}

/** The traces that changed after a cursor. */
export interface Changes {
  /** The cursor for the next request. */
  readonly cursor: number;
  /** In the order of their last change. */
  readonly traces: readonly Trace[];
}

/** The latest traces in memory. The trace that has not changed for longest goes first. */
export class TraceStore {
  readonly #limits: Limits;
  /** In the order of their last change. */
  readonly #traces = new Map<string, Stored>();
  #size = 0;
  #clock = 0;

  constructor(limits: Partial<Limits> = {}) {
    this.#limits = { traces: 1_000, spans: 2_000, size: 64_000_000, ...limits };
  }

  add(spans: readonly ReceivedSpan[]): void {
    for (const [traceId, added] of Map.groupBy(spans, (span) => span.traceId)) this.#extend(traceId, added);
    for (const oldest of this.#traces.values()) {
      if (this.#traces.size <= this.#limits.traces && this.#size <= this.#limits.size) return;
      this.#traces.delete(oldest.traceId);
      this.#size -= oldest.size;
    }
  }

  get(traceId: string): Trace | undefined {
    const stored = this.#traces.get(traceId);
    return stored && traceOf(stored);
  }

  /** The traces that began with an HTTP request, the latest first. Others are background work, for example a delivery. */
  latest(count: number): Trace[] {
    const requests = [...this.#traces.values()].filter(({ spans }) => [...spans.values()].some(isRequest)).map(traceOf);
    return requests.toSorted((one, other) => (one.startedAt < other.startedAt ? 1 : -1)).slice(0, count);
  }

  /** The traces that changed after `cursor`, all with 0. */
  changesAfter(cursor: number): Changes {
    const changed = [...this.#traces.values()].filter((stored) => stored.changed > cursor);
    return { cursor: this.#clock, traces: changed.map(traceOf) };
  }

  #extend(traceId: string, spans: readonly ReceivedSpan[]): void {
    const stored = this.#traces.get(traceId) ?? { traceId, spans: new Map(), size: 0, dropped: 0, changed: 0 };
    this.#traces.delete(traceId);
    this.#traces.set(traceId, stored);
    stored.changed = this.#clock += 1;
    for (const span of spans) {
      if (stored.spans.size >= this.#limits.spans) stored.dropped += 1;
      else stored.spans.set(span.spanId, span);
    }
    const size = sizeOf([...stored.spans.values()]);
    this.#size += size - stored.size;
    stored.size = size;
  }
}

const isRequest = ({ kind, parentId, attributes }: ReceivedSpan) =>
  kind === 'server' && parentId === undefined && 'http.request.method' in attributes;

const sizeOf = (spans: readonly ReceivedSpan[]) =>
  JSON.stringify(spans, (_, value: unknown) => (typeof value === 'bigint' ? 0 : value)).length;

/** By start. The SDK's clock has milliseconds, so a span and its parts can start at one time: the longest one is first. */
const byStart = (one: ReceivedSpan, other: ReceivedSpan) => Number(one.startNs - other.startNs) || Number(other.endNs - one.endNs);

function traceOf({ traceId, spans, dropped }: Stored): Trace {
  const sorted = [...spans.values()].sort(byStart);
  const begin = sorted[0]?.startNs ?? 0n;
  const us = (ns: bigint) => Number(ns - begin) / 1_000;
  return {
    traceId,
    startedAt: new Date(Number(begin / 1_000_000n)).toISOString(),
    spans: sorted.map((span) => spanOf(span, us)),
    droppedSpans: dropped,
  };
}

function spanOf({ startNs, endNs, traceId: _, ...span }: ReceivedSpan, us: (ns: bigint) => number): Span {
  return {
    ...span,
    startUs: us(startNs),
    durationUs: Number(endNs - startNs) / 1_000,
  };
}
