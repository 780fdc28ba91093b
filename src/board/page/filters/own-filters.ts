import { compareValues, distinctValues, groupRows } from "../data/group-rows.ts";
import type { Table } from "../data/table.ts";
import { type Filter, filterRows, unknownKey } from "./filter.ts";

const withoutRepeats: Filter = { column: "duplicate_of", values: [unknownKey] };
const official: Filter = { column: "origin", values: ["official"] };
const offline: Filter = { column: "scenario", values: ["Offline"] };
const available: Filter = { column: "availability", values: ["available"] };
const closed: Filter = { column: "division", values: ["closed"] };

/** Official results of the closed division, each measurement once. Where there are none, all rows. */
export function closedDivision(table: Table): Filter[] {
  const filters = [official, closed, withoutRepeats];
  return filterRows(table, filters).length > 0 ? filters : [];
}

/** Of those, one benchmark and one scenario of the latest round: results that may be compared. */
export function comparableResults(table: Table): Filter[] {
  const filters = closedDivision(table);
  const rounds = distinctValues(table, "round", filterRows(table, filters)).filter((value) => value !== null);
  const latest = rounds.sort(compareValues).at(-1);
  if (latest === undefined) return filters;
  filters.push({ column: "round", values: [String(latest)] }, offline, available);
  const rows = filterRows(table, filters);
  const [largest] = [...groupRows(table, "benchmark", rows)].sort(([, a], [, b]) => b.length - a.length);
  if (largest === undefined) return filters;
  return [...filters, { column: "benchmark", values: [String(largest[0])] }];
}

/** Every row: for a view that shows all columns that matter. */
export function everyRow(): Filter[] {
  return [];
}
