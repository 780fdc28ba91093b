import { compareValues, groupRows } from "./group-rows.ts";
import type { Table } from "./table.ts";

/** Rows in the order of a column; what is not known comes last either way. */
export function sortRows(
  table: Table,
  rows: readonly number[],
  name: string,
  direction: "ascending" | "descending",
): number[] {
  // Words are compared once for each different value, not once for each pair of rows.
  const sign = direction === "ascending" ? 1 : -1;
  return [...groupRows(table, name, rows)]
    .sort(([a], [b]) => (a === null || b === null ? compareValues(a, b) : sign * compareValues(a, b)))
    .flatMap(([, ofValue]) => ofValue);
}
