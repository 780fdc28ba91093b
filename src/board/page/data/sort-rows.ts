import { compareValues, distinctValues } from "./group-rows.ts";
import type { Table, Value } from "./table.ts";

/** Rows in the order of a column; what is not known comes last either way. */
export function sortRows(
  table: Table,
  rows: readonly number[],
  name: string,
  direction: "ascending" | "descending",
): number[] {
  // Words are compared once for each different value, not once for each pair of rows.
  const known = distinctValues(table, name, rows).filter((value) => value !== null);
  known.sort(compareValues);
  const sign = direction === "ascending" ? 1 : -1;
  const ranks = new Map<Value, number>(known.map((value, rank) => [value, sign * rank]));
  const { values } = table.column(name);
  const rankOf = (row: number) => ranks.get(values[row] ?? null) ?? Number.POSITIVE_INFINITY;
  const ranked = rows.map((row) => ({ row, rank: rankOf(row) }));
  ranked.sort((a, b) => (a.rank === b.rank ? a.row - b.row : a.rank < b.rank ? -1 : 1));
  return ranked.map(({ row }) => row);
}
