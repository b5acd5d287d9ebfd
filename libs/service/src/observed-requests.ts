import {
  type Attributes,
  type Context,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { DURATION_BUCKETS, instruments, spanContextIn, tracer } from '@reputable/tracing';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Health checks and look-ups of keys come all the time, so they have neither spans nor metrics. */
const UNOBSERVED = /^\/(health|\.well-known)\//;

/** The methods of RFC 9110 and RFC 5789. Others are client input. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);

const durations = instruments((meter) =>
  meter.createHistogram('http.server.request.duration', {
    unit: 's',
    description: 'Duration of HTTP requests',
    advice: { explicitBucketBoundaries: DURATION_BUCKETS },
  }),
);

/** The parts of a request that the hooks read. */
type Request = Pick<FastifyRequest, 'method' | 'url' | 'headers' | 'protocol' | 'socket' | 'routeOptions'>;

/** The trace of a request. A WeakMap in its place would keep each trace until a full garbage collection. */
const TRACE = Symbol('trace');

/**
 * Makes a span for each HTTP request, and records its duration. Only a trusted proxy can be its parent. Any other `traceparent` begins a new trace with a link, because clients
 * must not choose what is sampled, or join the traces of others. `baggage` is not read, `tracestate` only from a trusted proxy.
 *
 * Both have the route, never the path or the query: both can contain the token of a one-time link.
 */
export function observeRequests(fastify: FastifyInstance, isTrusted: (address: string | undefined) => boolean): void {
  fastify.decorateRequest(TRACE, undefined);
  fastify.addHook('onRequest', (request, reply, done) => {
    if (UNOBSERVED.test(request.url)) {
      done();
      return;
    }
    const span = startSpan(request, isTrusted);
    const startedAt = performance.now();
    // Also after the client has gone.
    reply.raw.once('close', () => {
      const { statusCode } = reply.raw;
      if (span) end(span, request, statusCode);
      durations()?.record((performance.now() - startedAt) / 1000, attributesOf(request, statusCode));
    });
    if (!span) {
      done();
      return;
    }
    const traced = trace.setSpan(ROOT_CONTEXT, span);
    request.setDecorator(TRACE, traced);
    context.with(traced, done);
  });
  // The events of the body come outside of the context.
  fastify.addHook('preValidation', (request, _reply, done) => {
    const traced = request.getDecorator<Context | undefined>(TRACE);
    if (traced) context.with(traced, done);
    else done();
  });
}

function startSpan(request: Request, isTrusted: (address: string | undefined) => boolean): Span | undefined {
  const { headers, protocol, socket } = request;
  const trusted = isTrusted(socket.remoteAddress);
  const parent = trusted
    ? propagation.extract(ROOT_CONTEXT, { traceparent: headers.traceparent, tracestate: headers.tracestate })
    : ROOT_CONTEXT;
  const attributes = { 'http.request.method': methodOf(request), 'url.scheme': protocol };
  return tracer()?.startSpan(
    methodOf(request),
    { kind: SpanKind.SERVER, attributes, links: trusted ? [] : linksTo(headers.traceparent) },
    parent,
  );
}

function linksTo(traceparent: unknown): Link[] {
  const outside = spanContextIn(traceparent);
  return outside ? [{ context: outside }] : [];
}

function end(span: Span, request: Request, status: number): void {
  const { url: route } = request.routeOptions;
  if (route !== undefined) span.updateName(`${methodOf(request)} ${route}`).setAttribute('http.route', route);
  span.setAttribute('http.response.status_code', status);
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', String(status));
  span.end();
}

/** Without a route, the path is client input. */
const attributesOf = (request: Request, status: number): Attributes => ({
  'http.request.method': methodOf(request),
  'url.scheme': request.protocol,
  'http.response.status_code': status,
  ...(request.routeOptions.url !== undefined && { 'http.route': request.routeOptions.url }),
  ...(status >= 500 && { 'error.type': String(status) }),
});

const methodOf = ({ method }: Request) => (METHODS.has(method) ? method : '_OTHER');
