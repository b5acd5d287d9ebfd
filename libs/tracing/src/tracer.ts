import { type Span, TraceFlags, type Tracer, trace, type TracerProvider } from '@opentelemetry/api';

const NAME = 'reputable';

/** The API's provider: it delegates to that of the SDK. */
type Delegating = TracerProvider & { readonly getDelegateTracer?: (name: string) => Tracer | undefined };

/**
 * The tracer of the OpenTelemetry SDK that runs in this process; undefined without one. The API's own tracer would then make a span for every
 * call, which records nothing.
 */
export function tracer(): Tracer | undefined {
  const provider: Delegating = trace.getTracerProvider();
  return provider.getDelegateTracer ? provider.getDelegateTracer(NAME) : provider.getTracer(NAME);
}

/**
 * The tracer for a part of the active span; undefined without an SDK, and if the active span is not sampled: a part would record nothing, and the
 * SDK would still make it.
 */
export function partTracer(): Tracer | undefined {
  const active = trace.getActiveSpan();
  return active && !isSampled(active) ? undefined : tracer();
}

/** The span of another process does not record here, but can be sampled. */
const isSampled = (span: Span) => span.isRecording() || (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
