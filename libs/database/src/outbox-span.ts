import { type Attributes, context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { inSpan, spanContextIn, traceparentOf } from '@reputable/tracing';

/** An event as a job stores it, with the span that sent it. */
export type Traced<Event extends object> = Event & { readonly traceparent?: string };

/** The most links of a span. */
const MAX_LINKS = 32;

/** The attributes of the conventions for messaging spans. */
const attributesOf = (queue: string, operation: 'send' | 'process', events: number): Attributes => ({
  'messaging.system': 'pg_boss',
  'messaging.destination.name': queue,
  'messaging.operation.name': operation,
  'messaging.operation.type': operation,
  'messaging.batch.message_count': events,
});

/** Runs `send` in a span, with the events as jobs store them: in a sampled trace, with its `traceparent`. */
export function inSendSpan<Event extends object>(
  queue: string,
  events: readonly Event[],
  send: (jobs: readonly Traced<Event>[]) => Promise<unknown>,
): Promise<unknown> {
  if (!trace.getActiveSpan()?.isRecording()) return send(events);
  return inSpan(`send ${queue}`, { kind: SpanKind.PRODUCER, attributes: attributesOf(queue, 'send', events.length) }, () => {
    const traceparent = traceparentOf(context.active());
    return send(traceparent === undefined ? events : events.map((event) => ({ ...event, traceparent })));
  });
}

/**
 * Runs a delivery in a span. If all of its events are of one trace, the delivery continues that trace. Otherwise it is a trace of its own with
 * links to them.
 *
 * @param deliver returns the failures by job
 */
export function inProcessSpan<Failures extends ReadonlyMap<object, object>>(
  queue: string,
  jobs: readonly { readonly data: Traced<object> }[],
  deliver: () => Promise<Failures>,
): Promise<Failures> {
  const senders = [...new Set(jobs.flatMap(({ data: { traceparent = [] } }) => traceparent))].flatMap((text) => spanContextIn(text) ?? []);
  if (senders.length === 0) return deliver();
  const [first] = senders;
  const isOneTrace = new Set(senders.map(({ traceId }) => traceId)).size === 1;
  const parent = isOneTrace && first ? trace.setSpanContext(ROOT_CONTEXT, { ...first, isRemote: true }) : ROOT_CONTEXT;
  const links = senders.slice(isOneTrace ? 1 : 0, MAX_LINKS).map((sender) => ({ context: sender }));
  const attributes = attributesOf(queue, 'process', jobs.length);
  return context.with(parent, () =>
    inSpan(`process ${queue}`, { kind: SpanKind.CONSUMER, attributes, links }, async (span) => {
      const failures = await deliver();
      if (failures.size > 0) span?.setStatus({ code: SpanStatusCode.ERROR });
      return failures;
    }),
  );
}

/** The events of jobs, as their sender added them. */
export const eventsOf = <Event extends object>(jobs: readonly { readonly data: Traced<Event> }[]): Event[] =>
  jobs.map(({ data: { traceparent: _, ...event } }) => event as unknown as Event);
