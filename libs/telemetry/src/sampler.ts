import { AlwaysOffSampler, AlwaysOnSampler, ParentBasedSampler, type Sampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace';

/** The values of `OTEL_TRACES_SAMPLER`. */
export type SamplerName = 'always_on' | 'always_off' | 'traceidratio' | `parentbased_${'always_on' | 'always_off' | 'traceidratio'}`;

/** Whether the sampler samples a span if its parent is sampled, and not otherwise. */
export const followsParent = (name: SamplerName): boolean => name.startsWith('parentbased_');

/** @param ratio the share of traces that a sampler by ratio samples: 0 to 1 */
export function samplerOf(name: SamplerName, ratio: number): Sampler {
  const root = rootOf(name.replace('parentbased_', ''), ratio);
  return followsParent(name) ? new ParentBasedSampler({ root }) : root;
}

function rootOf(name: string, ratio: number): Sampler {
  if (name === 'traceidratio') return new TraceIdRatioBasedSampler(ratio);
  return name === 'always_on' ? new AlwaysOnSampler() : new AlwaysOffSampler();
}
