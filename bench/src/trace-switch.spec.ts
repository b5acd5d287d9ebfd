import { afterAll, expect, it } from '@jest/globals';
import { context, diag, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { startTelemetry } from '@reputable/telemetry';
import { tracer, withSpan } from '@reputable/tracing';
import { exportTo } from './spans.ts';
import './trace-switch.js';

const telemetry = startTelemetry({ service: 'test', ...exportTo('http://127.0.0.1:1') });

afterAll(async () => {
  await telemetry.stop();
  for (const api of [context, diag, propagation, trace]) api.disable();
});

/** The names of the headers that a call would have. */
function headers(): string[] {
  const carrier = {};
  const span = trace.wrapSpanContext({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 });
  withSpan(span, () => {
    propagation.inject(context.active(), carrier);
  });
  return Object.keys(carrier);
}

it('switches the SDK off and on', () => {
  for (let round = 0; round < 2; round += 1) {
    expect(tracer()).toBeDefined();
    expect(headers()).toEqual(['traceparent']);
    process.emit('SIGUSR2');
    expect(tracer()).toBeUndefined();
    expect(headers()).toEqual([]);
    expect(
      withSpan(trace.wrapSpanContext({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }), () => context.active()),
    ).toBe(ROOT_CONTEXT);
    process.emit('SIGWINCH');
  }
});
