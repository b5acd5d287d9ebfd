/** The options of the benchmarks. Each benchmark uses those that apply to it. */
export interface BenchOptions {
  /** The duration of the benchmark, or of a round. */
  readonly seconds?: number;
  /** The number of rounds. */
  readonly rounds?: number;
  /** The number of posts and users to compare with the usual one. */
  readonly posts?: number;
  /** The number of restarts. */
  readonly restarts?: number;
  /** The number of requests per second. */
  readonly rate?: number;
  /** The one quantity that grows. */
  readonly axis?: string;
  /** Whether the result is also written to its page. */
  readonly write?: boolean;
}

/** The names of the options that are numbers. */
export const OPTIONS = ['seconds', 'rounds', 'posts', 'restarts', 'rate'] as const satisfies readonly (keyof BenchOptions)[];
