import { SERVICES } from '@reputable/contracts/registry';
import { causeFaults } from './faults.ts';
import type { Storm } from './report.ts';

/** The duration of an outage, in milliseconds. */
const [FROM_MS, TO_MS] = [5_000, 60_000];

/** The largest value. An outage takes longer with the start. */
export const refreshRetryS = 60;

/** Keeps a service down for some time. */
export const run: Storm['run'] = (world, options) =>
  causeFaults(
    world,
    {
      name: 'outages',
      targets: SERVICES,
      atOnce: 1,
      maxGapMs: 3_000,
      cause: (target) => world.kill(target, world.random.between(FROM_MS, TO_MS)),
    },
    options,
  );
