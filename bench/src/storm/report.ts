import type { StormWorld } from './storm-world.ts';

/** The result of a storm. */
export interface Report {
  /** The figures, in the order in which they are printed. */
  readonly rows: readonly (readonly [label: string, value: number | string])[];
  /** The broken promises. */
  readonly faults: readonly string[];
}

/** The parameters of the storms. Each storm uses those that apply to it. */
export interface StormOptions {
  /** The number of faults, of slow clients, of lost answers or of actions. */
  readonly count: number;
  readonly minutes: number;
  /** The number of requests of the members a second. */
  readonly rate: number;
}

/** A storm, as a file `<name>.storm.ts` exports it. */
export interface Storm {
  /** How long a refresh token can be used again, in seconds; the default of auth unless given. */
  readonly refreshRetryS?: number;
  readonly run: (world: StormWorld, options: StormOptions) => Promise<Report>;
}
