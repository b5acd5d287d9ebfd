import { type Tracer, trace, type TracerProvider } from '@opentelemetry/api';

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
