import { Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { PlacedCall } from './placed-call.ts';
import { ServerSpan } from './server-span.ts';

const TRACE = 'a'.repeat(32);
const PARENT = 'b'.repeat(16);

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(new TracerProvider());
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
