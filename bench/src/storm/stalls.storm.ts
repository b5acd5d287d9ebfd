import { causeFaults } from './faults.ts';
import type { Storm } from './report.ts';
import { TARGETS } from './storm-world.ts';

/** The duration of a stall, in milliseconds. */
const [FROM_MS, TO_MS] = [1_000, 20_000];

/** Longer than the longest stall. */
export const refreshRetryS = 60;

/** Stops services and PostgreSQL by SIGSTOP for some seconds. */
export const run: Storm['run'] = (world, options) =>
  causeFaults(
    world,
    {
      name: 'stalls',
      targets: TARGETS,
      atOnce: 1,
      maxGapMs: 3_000,
      cause: (target) => world.stall(target, world.random.between(FROM_MS, TO_MS)),
    },
    options,
  );
