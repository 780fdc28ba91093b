import { isNumeric, type Table } from "./table.ts";

/** How the values of several rows become one. */
export type Statistic = "best" | "median" | "mean" | "count";

export const statistics: readonly Statistic[] = ["best", "median", "mean", "count"];

const unitsWhereLessIsBetter = new Set(["ns", "ms", "W"]);

/** True for times and power: the least value is the best one. */
export function isLessBetter(table: Table, name: string): boolean {
  const { unit } = table.column(name);
  return unit !== null && unitsWhereLessIsBetter.has(unit);
}

/** A column's number in a row; null where it has none. */
export function numberAt(table: Table, name: string, row: number): number | null {
  const value = table.column(name).values[row];
  return typeof value === "number" ? value : null;
}

/** The row that is best by a column; null where no row has a value. */
export function bestRow(table: Table, name: string, rows: readonly number[]): number | null {
  const sign = isLessBetter(table, name) ? -1 : 1;
  let best: number | null = null;
  let bestValue = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    const value = numberAt(table, name, row);
    if (value === null || sign * value <= bestValue) continue;
    best = row;
    bestValue = sign * value;
  }
  return best;
}

/** One number of several rows, from those that have a value; null where none has. */
export function summarise(
  table: Table,
  name: string,
  rows: readonly number[],
  statistic: Statistic,
): number | null {
  if (statistic === "count") return rows.length;
  const values = rows.map((row) => numberAt(table, name, row)).filter((value) => value !== null);
  if (values.length === 0) return null;
  if (statistic === "mean") return values.reduce((sum, value) => sum + value, 0) / values.length;
  values.sort((a, b) => a - b);
  if (statistic === "best") return (isLessBetter(table, name) ? values[0] : values.at(-1)) ?? null;
  const middle = values.length / 2;
  return ((values[Math.ceil(middle) - 1] ?? 0) + (values[Math.floor(middle)] ?? 0)) / 2;
}

/** The value below which a share of sorted values lies, between neighbours in proportion; null of nothing. */
export function quantileOf(sorted: readonly number[], share: number): number | null {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) return null;
  return below + (above - below) * (place - Math.floor(place));
}

/** Measures that are offered first: rates, times, power. */
const usualMeasures = [
  "tokens_per_second_per_accelerator",
  "tokens_per_second",
  "samples_per_second",
  "ttft_p99_ns",
  "tpot_p99_ns",
  "latency_p99_ns",
  "roofline_share",
  "power_w",
  "tokens_per_joule",
  "result_value",
];

/** Every numeric column of a table, the usual measures first. */
export function measuresOf(table: Table): string[] {
  const usual = usualMeasures.filter((name) => table.has(name));
  return [...usual, ...table.columnNames.filter((name) => isNumeric(name) && !usual.includes(name))];
}
