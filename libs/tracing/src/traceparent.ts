import { type Context, isSpanContextValid, propagation, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';

/** The `traceparent` (W3C Trace Context §3.2) of a context; undefined without a span. */
export function traceparentOf(context: Context): string | undefined {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context, carrier);
  return carrier.traceparent;
}

/** The span that a `traceparent` names; undefined if it is malformed. */
export function spanContextIn(traceparent: unknown): SpanContext | undefined {
  if (typeof traceparent !== 'string') return undefined;
  const found = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, { traceparent }));
  return found && isSpanContextValid(found) ? found : undefined;
}
