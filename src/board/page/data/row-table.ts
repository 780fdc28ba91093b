import { columnNames, type PartialRow } from "../../../openmlperf/row.ts";
import { describeColumn, emptyColumn, type Table, type TableColumn } from "./table.ts";

/** Rows that are already here as a table; it has the columns that one of them fills. */
export function tableOfRows(rows: readonly PartialRow[]): Table {
  const names = columnNames.filter((name) => rows.some((row) => (row[name] ?? null) !== null));
  const known = new Map<string, TableColumn>(
    names.map((name) => [
      name,
      { name, ...describeColumn(name), values: rows.map((row) => row[name] ?? null) },
    ]),
  );
  return {
    rowCount: rows.length,
    columnNames: names,
    has: (name) => known.has(name),
    isLoaded: () => true,
    load: async () => {},
    column: (name) => known.get(name) ?? emptyColumn(name, rows.length),
  };
}
