export { currentTraceId } from './current-trace.ts';
export { failed, inSpan, withSpan } from './in-span.ts';
export { DURATION_BUCKETS, instruments, type Observed, observed } from './instruments.ts';
export { spanContextIn, traceparentOf } from './traceparent.ts';
export { partTracer, tracer } from './tracer.ts';
