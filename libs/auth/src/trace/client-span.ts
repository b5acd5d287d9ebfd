import { type Metadata, status } from '@grpc/grpc-js';
import { type Attributes, context, propagation, type Span, SpanKind, SpanStatusCode, type TextMapSetter, trace } from '@opentelemetry/api';
import type { DomainError } from '@reputable/errors';
import { partTracer, tracer } from '@reputable/tracing';
import type { AccessRule } from '../access/access-rule.ts';
import type { AuthenticatedUser } from '../access/authenticated-user.ts';
import { refuseUser } from '../access/decide.ts';
import { countDecision } from '../metric/decisions.ts';
import { DecisionRecord, refuse } from './decision.ts';
import { pseudonymOf } from './pseudonym.ts';
import { inWords } from './rule-in-words.ts';

const METADATA: TextMapSetter<Metadata> = {
  set: (metadata, key, value) => metadata.set(key, value),
};

/**
 * The attributes of the spans of an rpc's calls.
 *
 * @param path `/package.Service/Rpc`
 * @param url the gRPC target
 */
export function clientAttributes(path: string, service: string, url: string): Attributes {
  const [, address = url, port] = /([^/:]+)(?::(\d+))?$/.exec(url) ?? [];
  return {
    'rpc.system.name': 'grpc',
    'rpc.method': path.slice(1),
    'server.address': address,
    ...(port !== undefined && { 'server.port': Number(port) }),
    'reputable.service': service,
  };
}

/**
 * Starts the span of a call and adds its `traceparent` to the metadata. Undefined without an OpenTelemetry SDK, and in a trace that is not sampled: the
 * metadata then has the `traceparent` of the current span, so that the service does not sample the call either.
 */
export function startClientSpan(
  { path, attributes }: { readonly path: string; readonly attributes: Attributes },
  metadata: Metadata,
): Span | undefined {
  if (!tracer()) return undefined;
  const span = partTracer()?.startSpan(path.slice(1), { kind: SpanKind.CLIENT, attributes });
  propagation.inject(span ? trace.setSpan(context.active(), span) : context.active(), metadata, METADATA);
  return span;
}

/** Ends the span of a call. Every status but OK is an error, in the conventions for the spans of gRPC clients. */
export function endClientSpan(span: Span, code: status): void {
  span.setAttribute('rpc.response.status_code', status[code]);
  if (code !== status.OK) span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', status[code]);
  span.end();
}

/** Records that a client refused a call by the rpc's rule before it placed the call. */
export function earlyRefusal(rule: AccessRule, user: AuthenticatedUser | undefined, refusal: DomainError, attributes: Attributes): void {
  countDecision('early', rule.path.slice(1), refusal);
  const span = partTracer()?.startSpan(`refuse ${rule.path.slice(1)}`, {
    attributes: { ...attributes, 'reputable.rule': inWords(rule), ...(user && { 'reputable.user': pseudonymOf(user.id) }) },
  });
  if (!span) return;
  if (span.isRecording()) recordChecks(span, rule, user);
  refuse(span, refusal);
  span.end();
}

/** Checks once more, to record it. */
function recordChecks(span: Span, rule: AccessRule, user: AuthenticatedUser | undefined): void {
  const decision = new DecisionRecord(span);
  refuseUser(rule, user, decision);
  decision.end();
}
