export { failed, inSpan, withSpan } from './in-span.ts';
export { spanContextIn, traceparentOf } from './traceparent.ts';
export { tracer } from './tracer.ts';
