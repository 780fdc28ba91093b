import { borderlessTable } from "../campaign/borderless-table.ts";
import type { QueryResult } from "../openmlperf/query-dataset.ts";
import { csvText } from "../results/csv-text.ts";

/** The rows of a query as a table, JSON lines or CSV; ends with a line break. */
export function showQuery({ columns, rows }: QueryResult, format: string): string {
  if (format === "json") return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const cells = rows.map((row) => columns.map((column) => row[column] ?? null));
  if (format === "csv") return csvText([columns, ...cells], "\r\n");
  const lines = cells.map((line) => line.map((cell) => (cell === null ? "–" : String(cell))));
  return `${borderlessTable(columns, lines)}\n`;
}
