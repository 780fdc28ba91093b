import { valueText } from "../wording.ts";
import type { Table, Value } from "./table.ts";

/** Rows in whose named columns every word of a search occurs, in any case; all rows for an empty search. */
export function searchRows(
  table: Table,
  rows: readonly number[],
  names: readonly string[],
  search: string,
): readonly number[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return rows;
  let found = rows;
  for (const word of words) {
    const columns = names.map((name) => {
      // Most columns repeat few values: each is looked at once.
      const known = new Map<Value, boolean>();
      const { values } = table.column(name);
      return (row: number): boolean => {
        const value = values[row] ?? null;
        if (value === null) return false;
        const before = known.get(value);
        if (before !== undefined) return before;
        const holds = valueText(value, name).toLowerCase().includes(word);
        known.set(value, holds);
        return holds;
      };
    });
    found = found.filter((row) => columns.some((holds) => holds(row)));
  }
  return found;
}
