import { setFlagsFromString } from 'node:v8';

/** The size of the garbage among old objects at which V8 collects it, in percent of the live objects. V8's default is up to 300. */
const GROWTH_PERCENT = 60;

/**
 * Bounds the memory of a busy service. Node keeps each ended HTTP/2 stream until a full garbage collection, so under load the heap always grows
 * to V8's limit.
 */
export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
