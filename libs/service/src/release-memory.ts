import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** After the first requests, which must not wait for it. */
const DELAY_MS = 5_000;

type CollectGarbage = (options: { readonly type: 'major'; readonly flavor: 'last-resort'; readonly execution: 'sync' }) => void;

/**
 * Returns the memory of the start to the operating system, once. Loading modules leaves V8 with a large heap that is mostly garbage, and an idle
 * process allocates too little to collect it.
 */
export function releaseMemoryOfStart(): void {
  const release = () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as CollectGarbage;
    setFlagsFromString('--no-expose-gc');
    collectGarbage({ type: 'major', flavor: 'last-resort', execution: 'sync' });
  };
  setTimeout(release, DELAY_MS).unref();
}
