import { observed } from '@reputable/tracing';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The interval of the measurement, in milliseconds. Node's values contain it. */
const RESOLUTION_MS = 10;

const QUANTILES = { p50: 50, p90: 90, p99: 99 } as const;

const secondsOf = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1e3);

/** Measures the delay of the event loop since the last collection. Returns a function that ends that. */
export function measureEventLoop(): () => void {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  const stops = Object.entries(QUANTILES).map(([name, percentile]) =>
    observed({ name: `nodejs.eventloop.delay.${name}`, unit: 's', description: `Delay of the event loop, ${name}` }, (result) => {
      if (delays.count > 0) result.observe(secondsOf(delays.percentile(percentile)));
    }),
  );
  const stopMax = observed({ name: 'nodejs.eventloop.delay.max', unit: 's', description: 'Longest delay of the event loop' }, (result) => {
    if (delays.count > 0) result.observe(secondsOf(delays.max));
    delays.reset();
  });
  return () => {
    for (const stop of [...stops, stopMax]) stop();
    delays.disable();
  };
}
