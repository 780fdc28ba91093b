import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import { datasetFiles } from "./forms/dataset-files.ts";
import type { Row } from "./row.ts";
import { isRecord } from "./sources/json-values.ts";

/**
 * Rows of a built dataset: its folder, or its file of JSON lines. Values are not looked at; `validateDataset` does.
 * Throws UsageError `DATASET_UNREADABLE`, also for a line that is no row.
 */
export async function readDataset(path: string): Promise<Row[]> {
  const lines = await readDatasetLines(path);
  const wrong = lines.findIndex((line) => !isRecord(line) || typeof line.id !== "string");
  if (wrong >= 0) throw unreadable(path, `line ${wrong + 1} is no row`);
  return lines as Row[];
}

/** Lines of a dataset as they are, whatever stands in them. Throws UsageError `DATASET_UNREADABLE` where one is no JSON. */
export async function readDatasetLines(path: string): Promise<unknown[]> {
  const lines = await linesOf(path);
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as unknown;
    } catch (cause) {
      throw unreadable(path, `line ${index + 1} is no JSON: ${messageOf(cause)}`, cause);
    }
  });
}

async function linesOf(path: string): Promise<string[]> {
  try {
    const file = (await stat(path)).isDirectory() ? join(path, datasetFiles.jsonLines) : path;
    return (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
  } catch (cause) {
    throw unreadable(path, `is no dataset: ${messageOf(cause)}`, cause);
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function unreadable(path: string, message: string, cause?: unknown): UsageError {
  return new UsageError("DATASET_UNREADABLE", [{ where: path, message }], {
    cause,
    hint: "`flexbench dataset build` makes one.",
  });
}
