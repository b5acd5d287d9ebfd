import { context, type Span, type SpanOptions, SpanStatusCode, trace } from '@opentelemetry/api';
import { partTracer } from './tracer.ts';

/** Runs `work` in a span, without one if no SDK runs or the trace is not sampled. An error sets the status of the span. */
export async function inSpan<T>(name: string, options: SpanOptions, work: (span: Span | undefined) => Promise<T>): Promise<T> {
  const span = partTracer()?.startSpan(name, options);
  if (!span) return work(undefined);
  try {
    return await withSpan(span, () => work(span));
  } catch (error) {
    failed(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Runs `work` with this span as the parent of new ones. */
export const withSpan = <T>(span: Span, work: () => T): T => context.with(trace.setSpan(context.active(), span), work);

/**
 * Sets the status of a span to this error. The span has the kind of the error alone: its message can contain the values of a row, and its
 * stack a path.
 */
export function failed(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('error.type', kindOf(error));
}

/** The reason of a DomainError, the code of an error of Node or PostgreSQL, or the name of its class. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  const { reason, code } = error as { reason?: unknown; code?: unknown };
  return [reason, code].find((text): text is string => typeof text === 'string') ?? error.name;
}
