import { causeFaults } from './faults.ts';
import type { Storm } from './report.ts';
import { TARGETS } from './storm-world.ts';

/** The longest pause before a killed process is started again, in milliseconds. */
const MAX_PAUSE_MS = 1_000;

/** The restarts of a busy machine take longer than the default. */
export const refreshRetryS = 60;

/** Kills services by SIGKILL, and crashes PostgreSQL. */
export const run: Storm['run'] = (world, options) =>
  causeFaults(
    world,
    {
      name: 'kills',
      targets: TARGETS,
      atOnce: 2,
      maxGapMs: 4_000,
      cause: (target) => world.kill(target, world.random.between(0, MAX_PAUSE_MS)),
    },
    options,
  );
