import type { Table, Value } from "./table.ts";

/** Rows by the value of a column, in the order in which values are met. */
export function groupRows(table: Table, name: string, rows: readonly number[]): Map<Value, number[]> {
  const { values } = table.column(name);
  const groups = new Map<Value, number[]>();
  for (const row of rows) {
    const value = values[row] ?? null;
    const group = groups.get(value);
    if (group === undefined) groups.set(value, [row]);
    else group.push(row);
  }
  return groups;
}

/** Values in the order people expect: numbers by size, words and versions by name, the unknown last. */
export function compareValues(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return collator.compare(String(a), String(b));
}

const collator = new Intl.Collator("en", { numeric: true });

/** Different values of a column among rows, in order. */
export function distinctValues(table: Table, name: string, rows: readonly number[]): Value[] {
  return [...groupRows(table, name, rows).keys()].sort(compareValues);
}
