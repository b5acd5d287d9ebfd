/** The value below which this part of all values is: 0.5 is the median. */
export const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? NaN;

/** Half of the values are below it. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);
