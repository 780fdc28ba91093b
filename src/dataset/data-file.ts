import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { parse as parseCsv } from "csv-parse/sync";
import { type Problem, UsageError } from "../errors.ts";
import { throwOptionProblems, unknownOptions } from "./check-options.ts";
import type { Dataset, DatasetRequest, Sample } from "./define-dataset.ts";
import { readSample } from "./sample-columns.ts";
import { reasonOf } from "./user-module.ts";

/** One row of a file: its place for messages, and its columns. */
interface Row {
  where: string;
  columns: unknown;
}

type RowReader = (text: string) => Row[];

const readers: Readonly<Record<string, RowReader>> = {
  ".jsonl": readJsonLines,
  ".json": readJson,
  ".csv": readCsv,
  ".txt": (text) => nonEmptyLines(text).map(({ where, line }) => ({ where, columns: { prompt: line } })),
};

/** Endings of the files that hold samples. */
export const dataFileExtensions: readonly string[] = Object.keys(readers);

/** Problems that are told of one file; more would bury the first. */
const mostProblems = 20;

/**
 * Reads a file of samples: JSON lines, a JSON array, CSV with a header, or text with a prompt a line.
 * Throws UsageError `DATASET_ROW_INVALID` with file, row and column of what is wrong.
 */
export async function loadDataFile(
  path: string,
  request: Omit<DatasetRequest, "argument">,
): Promise<Dataset> {
  throwOptionProblems(unknownOptions(request.options, []));
  const bytes = await readFile(path);
  const rows = (readers[extname(path)] as RowReader)(decodeUtf8(bytes, path));
  const samples: Sample[] = [];
  const problems: Problem[] = [];
  for (const { where, columns } of rows) {
    const sample = readSample(columns, `${path}, ${where}`, problems);
    if (sample) samples.push(sample);
    if (problems.length >= mostProblems) break;
  }
  if (problems.length > 0) throw new UsageError("DATASET_ROW_INVALID", problems);
  return {
    name: basename(path, extname(path)),
    size: samples.length,
    performanceSampleCount: samples.length,
    source: path,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    sample: (index) => samples[index] as Sample,
  };
}

function decodeUtf8(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const line = firstInvalidLine(bytes);
    throw new UsageError(
      "DATASET_ROW_INVALID",
      [{ where: `${path}, line ${line}`, message: "is not UTF-8" }],
      { cause },
    );
  }
}

function firstInvalidLine(bytes: Buffer): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const end = bytes.indexOf(10, start);
    const part = bytes.subarray(start, end === -1 ? bytes.length : end);
    if (!Buffer.from(part.toString("utf8")).equals(part)) return line;
    if (end === -1) break;
    start = end + 1;
  }
  return line;
}

function nonEmptyLines(text: string): { where: string; line: string }[] {
  return text
    .split(/\r?\n/)
    .map((line, index) => ({ where: `line ${index + 1}`, line }))
    .filter(({ line }) => line.trim() !== "");
}

function readJsonLines(text: string): Row[] {
  return nonEmptyLines(text).map(({ where, line }) => ({ where, columns: parseJson(line, where) }));
}

function readJson(text: string): Row[] {
  const content = parseJson(text, "the file");
  if (!Array.isArray(content))
    throw new UsageError("DATASET_ROW_INVALID", [
      { where: "the file", message: "must hold an array of rows" },
    ]);
  return content.map((columns, index) => ({ where: `row ${index + 1}`, columns }));
}

function readCsv(text: string): Row[] {
  try {
    const rows = parseCsv(text, { columns: true, bom: true, skip_empty_lines: true }) as unknown[];
    return rows.map((columns, index) => ({ where: `row ${index + 1}`, columns }));
  } catch (cause) {
    throw new UsageError(
      "DATASET_ROW_INVALID",
      [{ where: "the file", message: `is not CSV: ${reasonOf(cause)}` }],
      { cause },
    );
  }
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError("DATASET_ROW_INVALID", [{ where, message: `is not JSON: ${reasonOf(cause)}` }], {
      cause,
    });
  }
}
