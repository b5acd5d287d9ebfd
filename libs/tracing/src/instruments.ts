import { createNoopMeter, type Meter, type MeterProvider, type MetricOptions, metrics, type ObservableCallback } from '@opentelemetry/api';

const NAME = 'reputable';

/**
 * Returns a function that returns the instruments of the OpenTelemetry SDK that runs in this process, and undefined without one: then nothing
 * is recorded, and no attributes are made.
 *
 * @param create makes the instruments, once for an SDK
 * @example
 * const votes = instruments((meter) => meter.createCounter('votes'));
 * votes()?.add(1, { kind: 'up' });
 */
export function instruments<T extends object>(create: (meter: Meter) => T): () => T | undefined {
  let known: MeterProvider | undefined;
  let made: T | undefined;
  return () => {
    const provider = metrics.getMeterProvider();
    if (provider !== known) [known, made] = [provider, madeBy(provider, create)];
    return made;
  };
}

function madeBy<T extends object>(provider: MeterProvider, create: (meter: Meter) => T): T | undefined {
  const meter = provider.getMeter(NAME);
  return meter === createNoopMeter() ? undefined : create(meter);
}

/** The name, unit and description of a metric that is read when it is collected, and its kind. Default: a gauge. */
export interface Observed extends MetricOptions {
  readonly name: string;
  /** Whether the values of several replicas can be summed, for example connections. */
  readonly summable?: boolean;
}

/**
 * Calls `observe` whenever metrics are collected; never without an OpenTelemetry SDK. Returns a function that ends that.
 *
 * @example
 * const stop = observed({ name: 'queue.size', unit: '{event}', summable: true }, (result) => result.observe(queue.size));
 */
export function observed({ name, summable = false, ...options }: Observed, observe: ObservableCallback): () => void {
  const meter = metrics.getMeter(NAME);
  if (meter === createNoopMeter()) return () => undefined;
  const instrument = summable ? meter.createObservableUpDownCounter(name, options) : meter.createObservableGauge(name, options);
  instrument.addCallback(observe);
  return () => instrument.removeCallback(observe);
}

/** The upper bounds of the buckets of a duration in seconds, as the semantic conventions advise. */
export const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
