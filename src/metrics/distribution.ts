/** Summary of a distribution; times in ns. */
export interface Distribution {
  min: number;
  mean: number;
  max: number;
  p50: number;
  p90: number;
  p95: number;
  p97: number;
  p99: number;
  p999: number;
}

declare const sorted: unique symbol;

/** Numbers in ascending order without NaN; made by `sortValues` alone, so that no percentile is taken of unsorted data. */
export type SortedValues = Float64Array & { readonly [sorted]: true };

/** A sorted copy of `values` without NaN, which stands for what was not measured. */
export function sortValues(values: Float64Array): SortedValues {
  return values.filter((value) => !Number.isNaN(value)).sort() as SortedValues;
}

/**
 * The percentile as LoadGen defines it: of n sorted values the one at index floor(n · fraction), so always a value that
 * was measured and never one in between. Null when there are no values. `fraction` is 0 ≤ fraction < 1.
 */
export function percentile(values: SortedValues, fraction: number): number | null {
  return values[Math.floor(values.length * fraction)] ?? null;
}

/** Summarises values, NaN left out; null when none remain. The mean is rounded to whole units. */
export function distributionOf(values: Float64Array): Distribution | null {
  const ordered = sortValues(values);
  const min = ordered[0];
  const max = ordered.at(-1);
  if (min === undefined || max === undefined) return null;
  const at = (fraction: number): number => percentile(ordered, fraction) ?? max;
  return {
    min,
    mean: Math.round(ordered.reduce((sum, value) => sum + value, 0) / ordered.length),
    max,
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p97: at(0.97),
    p99: at(0.99),
    p999: at(0.999),
  };
}
