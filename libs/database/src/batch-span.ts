import { type Context, context, type Link, trace } from '@opentelemetry/api';
import { inSpan } from '@reputable/tracing';

/**
 * Runs a batch in the trace of its first item. A batch of several items has a span in that trace with links to the others, and each of those has a
 * link to it.
 *
 * @param traces the trace of each item
 */
export function inBatchSpan<T>(traces: readonly Context[], work: () => Promise<T>): Promise<T> {
  const [first, ...others] = traces;
  if (first === undefined || !trace.getSpan(first)) return work();
  if (others.length === 0 || traces.every((each) => !trace.getSpan(each)?.isRecording())) return context.with(first, work);
  return context.with(first, () =>
    inSpan('batch', { links: linksTo(others), attributes: { 'reputable.batch.size': traces.length } }, joined),
  );

  function joined(): Promise<T> {
    const batch = trace.getActiveSpan()?.spanContext();
    for (const other of others) if (batch) trace.getSpan(other)?.addLink({ context: batch });
    return work();
  }
}

const linksTo = (traces: readonly Context[]): Link[] =>
  traces.flatMap((each) => {
    const found = trace.getSpanContext(each);
    return found ? [{ context: found }] : [];
  });
