import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename, extname } from "node:path";
import { EnvironmentError, type Problem, UsageError } from "../errors.ts";
import { csvFile } from "./csv-file.ts";
import type { Dataset, Sample } from "./define-dataset.ts";
import { type FileBytes, type FileFormat, rowProblem } from "./file-row.ts";
import { jsonFile } from "./json-file.ts";
import { jsonlFile } from "./jsonl-file.ts";
import { rowToSample } from "./row-to-sample.ts";
import { columnsFromOptions, type SampleColumns } from "./sample-columns.ts";
import { sampleOf } from "./sample-of.ts";
import { textFile } from "./text-file.ts";

/** The file formats that can be read. */
export const fileFormats: readonly FileFormat[] = [jsonlFile, jsonFile, csvFile, textFile];

const mostProblemsShown = 20;

/** The format of a file by its extension, or null. */
export function formatOf(path: string): FileFormat | null {
  const extension = extname(path).toLowerCase();
  return fileFormats.find((format) => format.extension === extension) ?? null;
}

/**
 * Reads a dataset file, one sample a row; options name columns (`prompt`, `messages`, `promptTokenIds`, `reference`,
 * `maxTokens`). Throws a UsageError `DATASET_ROW_INVALID` with file, row and column, `DATASET_EMPTY` or
 * `DATASET_OPTION_INVALID`, and an EnvironmentError `DATASET_UNREADABLE` when the disk fails.
 */
export async function loadFile(
  path: string,
  format: FileFormat,
  options: Readonly<Record<string, string>>,
): Promise<Dataset> {
  const columns = columnsFromOptions(options);
  const hash = createHash("sha256");
  const samples = await readSamples(path, format, columns, hash);
  return {
    name: basename(path, extname(path)),
    size: samples.length,
    performanceSampleCount: samples.length,
    source: path,
    sha256: hash.digest("hex"),
    sample: (index) => sampleOf(samples, index),
  };
}

async function readSamples(
  path: string,
  format: FileFormat,
  columns: SampleColumns,
  hash: Hash,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const problems: Problem[] = [];
  for await (const row of format.read(hashedBytes(path, hash))) {
    if ("problem" in row) {
      problems.push(rowProblem(path, row, row.column, row.problem));
    } else {
      const made = rowToSample(row.fields, columns, format.fields);
      if ("sample" in made) {
        samples.push(made.sample);
      } else {
        problems.push(...made.problems.map(({ column, message }) => rowProblem(path, row, column, message)));
      }
    }
    if (problems.length >= mostProblemsShown) {
      break;
    }
  }
  if (problems.length > 0) {
    throw invalidRows(problems);
  }
  if (samples.length === 0) {
    throw new UsageError("DATASET_EMPTY", [{ where: path, message: "it holds no rows" }]);
  }
  return samples;
}

function invalidRows(problems: readonly Problem[]): UsageError {
  return new UsageError(
    "DATASET_ROW_INVALID",
    problems.slice(0, mostProblemsShown),
    problems.length < mostProblemsShown
      ? {}
      : { hint: `Reading stopped after ${mostProblemsShown} problems; there may be more.` },
  );
}

async function* hashedBytes(path: string, hash: Hash): FileBytes & AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk);
      yield chunk;
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EnvironmentError("DATASET_UNREADABLE", `The dataset file ${path} cannot be read: ${reason}.`, {
      cause,
    });
  }
}
