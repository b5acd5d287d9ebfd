import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const INTERVAL_MS = 5_000;
/** The share of an interval in which an idle service runs code. */
const IDLE_UTILIZATION = 0.05;

type CollectGarbage = (options: { readonly type: 'major'; readonly flavor: 'last-resort'; readonly execution: 'sync' }) => void;

/**
 * Returns the memory of the start to the operating system, once, as soon as the service is idle: requests must not wait for it. Loading modules
 * leaves V8 with a large heap that is mostly garbage, and an idle process allocates too little to collect it.
 */
export function releaseMemoryOfStart(): void {
  let last = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    if (utilization > IDLE_UTILIZATION) return;
    clearInterval(timer);
    collectGarbage();
  }, INTERVAL_MS);
  timer.unref();
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as CollectGarbage;
  setFlagsFromString('--no-expose-gc');
  gc({ type: 'major', flavor: 'last-resort', execution: 'sync' });
}
