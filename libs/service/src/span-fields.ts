import { trace } from '@opentelemetry/api';

/** The fields of a log line that name the active span, as in the OpenTelemetry conventions for JSON logs. */
export function spanFields(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
