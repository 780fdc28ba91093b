import { csvText } from "../../../results/csv-text.ts";
import { saveFile } from "../charts/export-chart.ts";
import type { Table } from "../data/table.ts";

/** Saves rows and columns as CSV, with the names and units of the dataset. */
export function downloadCsv(table: Table, rows: readonly number[], names: readonly string[]): void {
  const columns = names.map((name) => table.column(name).values);
  const lines = rows.map((row) => columns.map((values) => values[row] ?? null));
  saveFile(new Blob([csvText([names, ...lines], "\r\n")], { type: "text/csv" }), "openmlperf-selection.csv");
}

/** Saves rows and columns as a list in JSON, with the names and units of the dataset. */
export function downloadJson(table: Table, rows: readonly number[], names: readonly string[]): void {
  const columns = names.map((name) => [name, table.column(name).values] as const);
  const objects = rows.map((row) =>
    Object.fromEntries(columns.map(([name, values]) => [name, values[row] ?? null])),
  );
  const text = `${JSON.stringify(objects, null, 1)}\n`;
  saveFile(new Blob([text], { type: "application/json" }), "openmlperf-selection.json");
}
