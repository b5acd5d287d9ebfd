import { median, quantile } from './quantile.ts';

/** An estimate, and an interval that has the true value with 95 % confidence. */
export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

const CONFIDENCE = 0.95;

/**
 * Estimates a median by order statistics, which holds for any distribution: the interval ends at the k-th smallest and the k-th largest value,
 * with the greatest k for which that is sure enough. Fewer than six values have an interval of less confidence: the smallest and the largest.
 */
export function estimate(values: readonly number[]): Estimate {
  const sorted = values.toSorted((one, other) => one - other);
  let k = 0;
  while (2 * (k + 1) < sorted.length && confidenceOf(k + 1, sorted.length) >= CONFIDENCE) k += 1;
  return { median: median(values), low: sorted[k] ?? NaN, high: sorted[sorted.length - 1 - k] ?? NaN };
}

/** How often {@link bootstrap} draws. */
const DRAWINGS = 300;

/**
 * Estimates a figure of many rounds together, as a quantile, by the bootstrap: draws as many rounds again and again, with replacement. The
 * interval has the middle 95 % of the figures of the drawings.
 */
export function bootstrap(rounds: number, figureOf: (drawn: readonly number[]) => number): Estimate {
  const all = Array.from({ length: rounds }, (_, round) => round);
  const figures = Array.from({ length: DRAWINGS }, () => figureOf(all.map(() => Math.floor(Math.random() * rounds))));
  const tail = (1 - CONFIDENCE) / 2;
  return { median: figureOf(all), low: quantile(figures, tail), high: quantile(figures, 1 - tail) };
}

/** The probability that neither k + 1 values are below the median nor k + 1 above, of so many. */
function confidenceOf(k: number, size: number): number {
  let tail = 0;
  let choices = 1;
  for (let below = 0; below <= k; below += 1) {
    tail += choices / 2 ** size;
    choices = (choices * (size - below)) / (below + 1);
  }
  return 1 - 2 * tail;
}
