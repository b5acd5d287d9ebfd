import type { Collector, Span, Trace } from '@reputable/collector';
import { randomBytes } from 'node:crypto';

/** Sends requests to the gateway, and finds their traces at the collector. */
export class TracedRequests {
  constructor(
    readonly collector: Collector,
    readonly url: string,
  ) {}

  /** Sends a query. Returns a function that returns its trace as far as the collector has it: by the link to the client's `traceparent`. */
  async send(query: string, variables: object, token: string): Promise<() => Trace> {
    const own = randomBytes(16).toString('hex');
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}`, traceparent: `00-${own}-${'1'.repeat(16)}-00` };
    await (await fetch(this.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })).text();
    return () => this.find(({ links }) => links.some(({ traceId }) => traceId === own));
  }

  /** The trace with such a span. */
  find(has: (span: Span) => boolean): Trace {
    const trace = this.collector.traces.changesAfter(0).traces.find(({ spans }) => spans.some(has));
    if (!trace) throw new Error('The collector has no such trace yet.');
    return trace;
  }
}

/** The facts of a span in one line: service, kind, name, the calling service, the decision, and whether a user was known. */
function lineOf({ service, kind, name, attributes }: Span): string {
  const peer = attributes['reputable.peer'];
  const reason = attributes['reputable.reason'];
  return [
    service,
    kind,
    name,
    ...(typeof peer === 'string' ? [`from ${peer}`] : []),
    ...('reputable.decision' in attributes ? [String(attributes['reputable.decision'])] : []),
    ...(typeof reason === 'string' ? [reason] : []),
    ...('reputable.user' in attributes ? ['as the user'] : []),
  ].join(' ');
}

/** The spans of a trace as indented lines, siblings by name. Statements of the database are left out. */
export function outline({ spans }: Trace): string[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const calls = spans.filter(({ attributes }) => !('db.system.name' in attributes));
  const children = Map.groupBy(calls, ({ parentId }) => (parentId !== undefined && ids.has(parentId) ? parentId : ''));
  const under = (parent: string, depth: number): string[] =>
    (children.get(parent) ?? [])
      .toSorted((one, other) => one.name.localeCompare(other.name))
      .flatMap((span) => [`${'  '.repeat(depth)}${lineOf(span)}`, ...under(span.spanId, depth + 1)]);
  return under('', 0);
}

/** The checks of a span in order: `name result`. */
export const checksOf = ({ attributes }: Span): string[] =>
  String(attributes['reputable.checks'])
    .replaceAll(/ \d+ us\b/g, '')
    .split(', ');
