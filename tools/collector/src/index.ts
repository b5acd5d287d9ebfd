export { Collector, type CollectorOptions } from './collector.ts';
export { render } from './render.ts';
export type { Attributes, Link, Span, Trace, Value } from './trace.ts';
export { type Changes, type Limits, TraceStore } from './trace-store.ts';
