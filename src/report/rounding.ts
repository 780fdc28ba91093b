/** A value with as many digits as a chart can show; null where there is none. */
export function forChart(value: number | null | undefined): number | null {
  if (value === null || value === undefined || !Number.isFinite(value)) return null;
  return Number(value.toPrecision(5));
}

/** ns as ms, for a chart. */
export function millisecondsForChart(ns: number | null | undefined): number | null {
  return ns === null || ns === undefined ? null : forChart(ns / 1e6);
}
