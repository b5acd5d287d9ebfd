/** The value of an attribute. */
export type Value = string | number | boolean | readonly (string | number | boolean)[];

/** The attributes of a span, by name. docs/observability.md lists them. */
export type Attributes = Readonly<Record<string, Value>>;

/** A trace, as the collector serves it. Its spans are in the order of their start. */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** The start of the first span, in ISO 8601. */
  readonly startedAt: string;
  readonly spans: readonly Span[];
  /** The number of spans beyond the limit of a trace. */
  readonly droppedSpans: number;
}

export interface Span {
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** The span that this one is part of. Undefined for the first span of a trace. It can be missing among the spans: not exported yet, or lost. */
  readonly parentId?: string;
  /** The service that made the span. */
  readonly service: string;
  readonly name: string;
  /** `server` and `client` are the two ends of a call, `producer` and `consumer` those of a job. */
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** The start, in microseconds after `startedAt`. */
  readonly startUs: number;
  readonly durationUs: number;
  readonly status: 'unset' | 'ok' | 'error';
  readonly attributes: Attributes;
  readonly links: readonly Link[];
}

/** A span of another trace, or another span of this one. */
export interface Link {
  readonly traceId: string;
  readonly spanId: string;
}
