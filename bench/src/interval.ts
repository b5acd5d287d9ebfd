import { median } from './quantile.ts';

/** The median of some values, and an interval that has the median of all possible values with at least 95 % confidence. */
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
