import { shownUnit } from "../wording.ts";
import { isNumeric, type Table, type Value } from "./table.ts";

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
  return words.reduce((found, word) => {
    const tests = names.map((name) =>
      isNumeric(name) ? digitsTest(table, name, word) : textTest(table, name, word),
    );
    return found.filter((row) => tests.some((holds) => holds(row)));
  }, rows);
}

/** Whether a number, in the unit in which it is shown, has these digits. */
function digitsTest(table: Table, name: string, word: string): (row: number) => boolean {
  if (!/^[\d.,]+$/.test(word)) return () => false;
  const digits = word.replaceAll(",", "");
  const { values } = table.column(name);
  const { factor } = shownUnit(name);
  return (row) => {
    const value = values[row];
    return typeof value === "number" && String(value * factor).includes(digits);
  };
}

function textTest(table: Table, name: string, word: string): (row: number) => boolean {
  const { values } = table.column(name);
  // Most columns repeat few values: each is looked at once.
  const known = new Map<Value, boolean>();
  return (row) => {
    const value = values[row] ?? null;
    const before = known.get(value);
    if (before !== undefined) return before;
    const holds = value !== null && String(value).toLowerCase().includes(word);
    known.set(value, holds);
    return holds;
  };
}
