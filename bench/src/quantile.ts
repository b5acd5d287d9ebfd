/** The quantile of the values: 0.5 is the median. */
export const quantile = (values: readonly number[], part: number): number =>
  Float64Array.from(values).sort()[Math.min(values.length - 1, Math.floor(values.length * part))] ?? NaN;

/** The median of the values. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);
