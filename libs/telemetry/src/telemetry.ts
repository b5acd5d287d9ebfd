import { context, diag, DiagLogLevel, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { quiet } from './diagnostics.ts';
import { FollowingProvider } from './following-tracer.ts';
import { flushed } from './flush.ts';
import type { Protocol } from './protocol.ts';
import { resourceOf } from './resource.ts';
import { followsParent, type SamplerName, samplerOf } from './sampler.ts';

/** The options of {@link startTelemetry}. The exporter reads others from the environment, for example `OTEL_EXPORTER_OTLP_COMPRESSION`. */
export interface TelemetryOptions {
  /** The name of the service. */
  readonly service: string;
  /** The URL that spans are posted to. */
  readonly url: string;
  /** Further headers of the export. */
  readonly headers: Readonly<Record<string, string>>;
  /** Protobuf takes less CPU time. */
  readonly protocol: Protocol;
  readonly sampler: SamplerName;
  /** The share of traces that a sampler by ratio samples: 0 to 1. */
  readonly ratio: number;
  /** The longest time that an ended span waits for its export, in milliseconds. */
  readonly delayMs: number;
  /** The number of ended spans that can wait for their export. Further ones are dropped. */
  readonly queueSize: number;
  /** Called with the faults of the export, at most once a minute. */
  readonly onFault: (fault: string) => void;
}

/** The running SDK. */
export interface Telemetry {
  /** Exports the spans that wait, for two seconds at most. */
  stop(): Promise<void>;
}

/** The longest export, in milliseconds. */
const EXPORT_TIMEOUT_MS = 10_000;

/** The largest export, in spans. */
const BATCH_SIZE = 512;

/** The longest text in a span, in characters. */
const MAX_TEXT = 2_000;

/**
 * Starts the OpenTelemetry SDK of this process. Spans are exported in the background: if the collector is down or slow, spans are dropped and no
 * request waits. Baggage is neither read nor sent.
 */
export function startTelemetry({
  service,
  url,
  headers,
  protocol,
  sampler,
  ratio,
  delayMs,
  queueSize,
  onFault,
}: TelemetryOptions): Telemetry {
  diag.setLogger(quiet(onFault), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const processor = new BatchSpanProcessor({
    exporter: new (protocol === 'http/json' ? JsonExporter : ProtobufExporter)({ url, headers }),
    scheduledDelayMillis: delayMs,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
    maxQueueSize: queueSize,
    maxExportBatchSize: Math.min(BATCH_SIZE, queueSize),
  });
  const provider = new TracerProvider({
    resource: resourceOf(service),
    sampler: samplerOf(sampler, ratio),
    spanLimits: { attributeValueLengthLimit: MAX_TEXT },
    spanProcessors: [processor],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(followsParent(sampler) ? new FollowingProvider(provider) : provider);
  return {
    stop: () => flushed(provider.shutdown()),
  };
}
