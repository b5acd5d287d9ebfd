import { Metadata, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { claimsTooOld } from '../access/denials.ts';
import { PlacedCall } from './placed-call.ts';
import { ServerSpan } from './server-span.ts';

const TRACE = 'a'.repeat(32);
const PARENT = 'b'.repeat(16);

const exporter = new InMemorySpanExporter();

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
});
afterAll(() => {
  for (const api of [context, propagation, trace]) api.disable();
});

/** The headers of a call that the handler of a call with these headers places. */
function sentAfter(received: Readonly<Record<string, string>>): ReturnType<Metadata['getMap']> {
  const [metadata, sent] = [new Metadata(), new Metadata()];
  for (const [name, value] of Object.entries(received)) metadata.set(name, value);
  ServerSpan.start('/reputable.post.v1.PostService/GetPost', metadata)?.run(() => {
    PlacedCall.start({ path: '/reputable.user.v1.UserService/GetUser', attributes: {} }, sent);
  });
  return sent.getMap();
}

describe('the trace of a call', () => {
  it.each(['00', '01'])('continues in the calls of its handler, with the flags %s and no empty tracestate', (flags) => {
    const { traceparent, ...others } = sentAfter({ traceparent: `00-${TRACE}-${PARENT}-${flags}` });
    expect(traceparent).toMatch(new RegExp(`^00-${TRACE}-[\\da-f]{16}-${flags}$`));
    expect(others).toEqual({});
  });

  it('continues with its tracestate', () => {
    const tracestate = 'vendor=value';
    expect(sentAfter({ traceparent: `00-${TRACE}-${PARENT}-01`, tracestate })).toMatchObject({ tracestate });
  });
});

describe('the span of a call', () => {
  const RPC = '/reputable.post.v1.PostService/GetPost';
  const peers = { spiffeIdOf: (peer: string) => `spiffe://reputable.local/${peer}` };
  const start = (flags: string) => {
    const metadata = new Metadata();
    metadata.set('traceparent', `00-${TRACE}-${PARENT}-${flags}`);
    return ServerSpan.start(RPC, metadata);
  };

  it('has its checks in order, with their results and microseconds, and no events', () => {
    const span = start('01');
    const decision = span?.observe(undefined, 'gateway', peers);
    decision?.checked('peer', undefined);
    decision?.checked('fresh claims', claimsTooOld(60));
    span?.end(status.UNAUTHENTICATED);
    // Connections that an earlier spec in this process has left can end spans, too.
    const ended = exporter.getFinishedSpans().find((each) => each.spanContext().traceId === TRACE);
    expect(ended?.attributes['reputable.checks']).toMatch(/^peer pass \d+ us, fresh claims CLAIMS_TOO_OLD \d+ us$/);
    expect(ended?.events).toEqual([]);
  });

  it('observes no checks in a trace that is not sampled', () => {
    expect(start('00')?.observe(undefined, 'gateway', peers)).toBeUndefined();
  });
});
