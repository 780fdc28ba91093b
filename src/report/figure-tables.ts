import { parquetWriteBuffer } from "hyparquet-writer";
import { csvText } from "../results/csv-text.ts";
import type { Figure, RunFigures } from "./run-figures.ts";

/** A row of names and a row for each run; nothing stands for what was not measured. */
export function figuresAsCsv(runs: readonly RunFigures[]): string {
  const names = Object.keys(runs[0] ?? {});
  const rows = [names, ...runs.map((run) => names.map((name) => run[name] ?? null))];
  return csvText(rows, "\n");
}

/** The same as a Parquet file: texts, truth values, and DOUBLE for every number. */
export function figuresAsParquet(runs: readonly RunFigures[]): Uint8Array {
  const names = Object.keys(runs[0] ?? {});
  const columnData = names.map((name) => {
    const data = runs.map((run) => run[name] ?? null);
    return { name, type: columnType(name, data), nullable: true, data };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

const textColumns = new Set([
  "loadgenVerdict",
  "scenario",
  "server",
  "serverVersion",
  "loadgenVersion",
  "tokenCountSource",
  "costCurrency",
]);

/** A column in which nothing was measured has the type that it would have had. */
function columnType(name: string, data: readonly Figure[]): "STRING" | "BOOLEAN" | "DOUBLE" {
  const measured = data.find((value) => value !== null);
  if (typeof measured === "string" || textColumns.has(name)) return "STRING";
  if (typeof measured === "boolean" || /^(clientSaturated|accuracyPassed)$/.test(name)) return "BOOLEAN";
  return "DOUBLE";
}
