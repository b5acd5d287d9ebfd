import {
  context,
  isSpanContextValid,
  type Span,
  type SpanOptions,
  trace,
  TraceFlags,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';

/**
 * A tracer for a sampler that follows the parent. In a trace that is not sampled it makes no spans: the parent stands for them. The SDK would make
 * ids and attributes for each of them before it asks its sampler.
 */
class FollowingTracer implements Tracer {
  readonly startActiveSpan: Tracer['startActiveSpan'];

  constructor(readonly sdk: Tracer) {
    this.startActiveSpan = sdk.startActiveSpan.bind(sdk);
  }

  startSpan(name: string, options?: SpanOptions, parent = context.active()): Span {
    const found = options?.root ? undefined : trace.getSpan(parent);
    return found && isUnsampled(found) ? found : this.sdk.startSpan(name, options, parent);
  }
}

/** Such a span does nothing, so its children can share it. */
function isUnsampled(span: Span): boolean {
  const found = span.spanContext();
  return (found.traceFlags & TraceFlags.SAMPLED) === 0 && !span.isRecording() && isSpanContextValid(found);
}

/** The provider of the SDK, for a sampler that follows the parent. */
export class FollowingProvider implements TracerProvider {
  readonly #tracers = new WeakMap<Tracer, Tracer>();

  constructor(readonly sdk: TracerProvider) {}

  getTracer(...scope: Parameters<TracerProvider['getTracer']>): Tracer {
    const sdk = this.sdk.getTracer(...scope);
    let known = this.#tracers.get(sdk);
    if (!known) this.#tracers.set(sdk, (known = new FollowingTracer(sdk)));
    return known;
  }
}
