import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import { datasetFiles } from "./forms/write-forms.ts";
import type { Row } from "./row.ts";

/** Rows of a built dataset: its folder, or its file of JSON lines. Throws UsageError `DATASET_UNREADABLE`. */
export async function readDataset(path: string): Promise<Row[]> {
  try {
    const file = (await stat(path)).isDirectory() ? join(path, datasetFiles.jsonLines) : path;
    const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line) as Row);
  } catch (cause) {
    const message = `is no dataset: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new UsageError("DATASET_UNREADABLE", [{ where: path, message }], {
      cause,
      hint: "`flexbench dataset build` makes one.",
    });
  }
}
