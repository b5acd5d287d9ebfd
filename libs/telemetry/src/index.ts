export type { Protocol } from './protocol.ts';
export type { SamplerName } from './sampler.ts';
export { startTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.ts';
