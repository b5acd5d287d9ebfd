/** The options of the benchmarks. Each benchmark uses those that apply to it. */
export interface BenchOptions {
  /** The duration of the benchmark, or of a round. */
  readonly seconds?: number;
  /** The number of rounds. */
  readonly rounds?: number;
  /** The number of posts and users to compare with the usual one. */
  readonly posts?: number;
}

/** The names of the options. */
export const OPTIONS = ['seconds', 'rounds', 'posts'] as const satisfies readonly (keyof BenchOptions)[];
