/** The median; of an even number of values the upper of the middle two. Null where there are none. */
export function median(values) {
  return values.length === 0 ? null : values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** A percentile of sorted values, by the rank that the paced server takes too. */
export function percentile(sorted, share) {
  return sorted[Math.floor(share * (sorted.length - 1))];
}

/** Rounded for reading; null stays null. */
export function round(value, digits = 2) {
  return value === null || !Number.isFinite(value) ? null : Number(value.toFixed(digits));
}
