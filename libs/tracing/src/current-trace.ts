import { trace } from '@opentelemetry/api';

/** The id of the current trace; undefined outside of a trace, and in a process without an SDK. */
export const currentTraceId = (): string | undefined => trace.getActiveSpan()?.spanContext().traceId;
