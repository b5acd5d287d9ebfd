import { type Span, SpanKind, trace } from '@opentelemetry/api';
import { failed, tracer } from '@reputable/tracing';

/** The parts of a connection that a span has. */
interface Connected {
  readonly host: string;
  readonly port: number;
  readonly database?: string | undefined;
}

/** The first word of a statement. */
const VERB = /^\s*(\w+)/;

/** The first table after FROM, INTO or UPDATE; not the argument of a function. */
const TABLE = /\b(?:FROM|INTO|UPDATE)\s+"?([a-z_]\w*)\b(?![\w.(]|"?\s*\))/i;

/**
 * Runs a statement in a span, without one outside of a sampled trace. The span has the text of a statement with parameters, which contains no values, and
 * only the summary of any other one.
 */
export function inQuerySpan<T>(text: string, values: unknown, connection: Connected, run: () => Promise<T>): Promise<T> {
  const span = trace.getActiveSpan()?.isRecording() && startSpan(text, values, connection);
  if (!span) return run();
  const result = run();
  result.then(
    () => span.end(),
    (error: unknown) => {
      failed(span, error);
      span.end();
    },
  );
  return result;
}

function startSpan(text: string, values: unknown, { host, port, database }: Connected): Span | undefined {
  const operation = (VERB.exec(text)?.[1] ?? 'query').toUpperCase();
  const table = operation === 'WITH' ? undefined : TABLE.exec(text)?.[1];
  return tracer()?.startSpan(table === undefined ? operation : `${operation} ${table}`, {
    kind: SpanKind.CLIENT,
    attributes: {
      'db.system.name': 'postgresql',
      'db.operation.name': operation,
      ...(Array.isArray(values) && values.length > 0 && { 'db.query.text': text }),
      ...(database !== undefined && { 'db.namespace': database }),
      'server.address': host,
      'server.port': port,
    },
  });
}
