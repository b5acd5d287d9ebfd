import type { Metadata, status } from '@grpc/grpc-js';
import type { Attributes, Span } from '@opentelemetry/api';
import { areCallsTimed, recordClientCall } from '../metric/rpc-metrics.ts';
import { endClientSpan, startClientSpan } from './client-span.ts';

/** The span and the metrics of a call that a client places. */
export class PlacedCall {
  readonly #startedAt = performance.now();

  private constructor(
    readonly path: string,
    readonly span: Span | undefined,
  ) {}

  /** Starts to observe a call, and adds the `traceparent` to its metadata; undefined without an OpenTelemetry SDK. */
  static start(rpc: { readonly path: string; readonly attributes: Attributes }, metadata: Metadata): PlacedCall | undefined {
    const span = startClientSpan(rpc, metadata);
    return span || areCallsTimed() ? new PlacedCall(rpc.path, span) : undefined;
  }

  end(code: status): void {
    recordClientCall(this.path.slice(1), code, performance.now() - this.#startedAt);
    if (this.span) endClientSpan(this.span, code);
  }
}
