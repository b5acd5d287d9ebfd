export { failed, inSpan, withSpan } from './in-span.ts';
export { spanContextIn, traceparentOf } from './traceparent.ts';
export { partTracer, tracer } from './tracer.ts';
