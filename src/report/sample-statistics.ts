import type { SortedValues } from "../metrics/distribution.ts";
import { at, sum } from "../metrics/requests.ts";

/** Mean of values; null when there are none. */
export function meanOf(values: Float64Array): number | null {
  return values.length === 0 ? null : sum(values) / values.length;
}

/** Standard deviation with `values.length − lost` in the denominator; null when that leaves nothing. */
export function standardDeviation(values: Float64Array, lost: 0 | 1): number | null {
  const mean = meanOf(values);
  if (mean === null || values.length <= lost) return null;
  return Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / (values.length - lost));
}

/** The percentile between the two nearest values, in proportion, as NumPy takes it; null when there are no values. */
export function interpolatedPercentile(ordered: SortedValues, fraction: number): number | null {
  if (ordered.length === 0) return null;
  const place = (ordered.length - 1) * fraction;
  const below = Math.floor(place);
  const lower = at(ordered, below);
  const upper = at(ordered, Math.min(below + 1, ordered.length - 1));
  return lower + (upper - lower) * (place - below);
}
