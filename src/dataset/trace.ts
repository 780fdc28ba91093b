import { createHash } from "node:crypto";
import { UsageError } from "../errors.ts";
import { invalidOptions, optionPlace, unknownOptions } from "./check-options.ts";
import { type Dataset, type DatasetRequest, defineDataset } from "./define-dataset.ts";
import { dataExtension, localFile, rowsOf } from "./file.ts";
import { rowProblem } from "./file-row.ts";
import { randomText } from "./random-text.ts";
import type { SourceRow } from "./row-source.ts";
import { sampleOf } from "./sample-of.ts";
import { isFile, pathNotFound } from "./user-module.ts";

/** One request of the trace. */
interface TracedRequest {
  inputTokens: number;
  /** Null: the trace does not say. */
  outputTokens: number | null;
}

/** Column names of well-known traces, first match first. */
const inputColumns = [
  "input_tokens",
  "input_length",
  "prompt_tokens",
  "prompt_len",
  "ContextTokens",
  "Request tokens",
];
const outputColumns = [
  "output_tokens",
  "output_length",
  "completion_tokens",
  "output_len",
  "GeneratedTokens",
  "Response tokens",
];

const mostTokens = 10_000_000;
const mostProblemsShown = 20;

/**
 * Replays the lengths of recorded requests, in their order, with made-up text: `trace:FILE`, a file with a column of input
 * and perhaps one of output tokens. Options `input` and `output` name columns that are not recognised. Exact in tokens where
 * the model's tokenizer is given, else in words. When requests come is up to LoadGen.
 */
export const trace = defineDataset({
  name: "trace",
  description:
    "Request lengths of a recorded trace (trace:FILE), with made-up text; options input and output.",
  load: async ({ argument, options, seed, samples, tokenizer }: DatasetRequest): Promise<Dataset> => {
    const problems = unknownOptions(options, ["input", "output"]);
    if (argument === "")
      problems.push({ where: "--dataset trace", message: "it needs a file, as trace:FILE" });
    if (problems.length > 0) throw invalidOptions(problems);
    const requests = await readTrace(argument, options, samples);
    return {
      name: "trace",
      size: requests.length,
      performanceSampleCount: requests.length,
      source: argument,
      sha256: createHash("sha256").update(JSON.stringify(requests)).digest("hex"),
      sample: (index) => {
        const { inputTokens, outputTokens } = sampleOf(requests, index);
        const prompt = randomText({ seed, index, length: inputTokens, tokenizer });
        return outputTokens === null ? { prompt } : { prompt, maxTokens: outputTokens };
      },
    };
  },
});

async function readTrace(
  path: string,
  options: Readonly<Record<string, string>>,
  samples: number | null,
): Promise<TracedRequest[]> {
  if (!isFile(path)) throw pathNotFound(path, "dataset");
  const extension = dataExtension(path);
  if (extension === null || extension === ".txt") {
    const message = "a trace is read from CSV, JSON Lines, JSON or Parquet";
    throw new UsageError("DATASET_FORMAT_UNKNOWN", [{ where: path, message }]);
  }
  const requests: TracedRequest[] = [];
  const problems = [];
  const request = {
    columns: (available: readonly string[]) => available,
    shuffleSeed: null,
    expectedRows: samples,
  };
  for await (const row of rowsOf([localFile(path)], extension).rows(request)) {
    const read = readRequest(row, options);
    if ("problem" in read) problems.push(rowProblem(row.file, row, read.column, read.problem));
    else requests.push(read);
    if (problems.length >= mostProblemsShown) break;
  }
  if (problems.length > 0) throw new UsageError("DATASET_ROW_INVALID", problems);
  if (requests.length === 0) {
    throw new UsageError("DATASET_EMPTY", [{ where: path, message: "it holds no rows" }]);
  }
  return requests;
}

function readRequest(
  row: SourceRow,
  options: Readonly<Record<string, string>>,
): TracedRequest | { column: string | null; problem: string } {
  if ("problem" in row) return row;
  const find = (names: readonly string[]) => names.find((name) => Object.hasOwn(row.fields, name));
  const inputColumn = find(options.input === undefined ? inputColumns : [options.input]);
  const outputColumn = find(options.output === undefined ? outputColumns : [options.output]);
  const missing =
    inputColumn === undefined
      ? "input"
      : options.output !== undefined && outputColumn === undefined
        ? "output"
        : null;
  if (missing !== null) {
    const present = Object.keys(row.fields).join(", ") || "nothing";
    const problem = `it lacks a column of ${missing} tokens; it has ${present}. Name yours as the ${optionPlace(missing)}`;
    return { column: null, problem };
  }
  const input = tokensIn(row, inputColumn);
  const output = outputColumn === undefined ? null : tokensIn(row, outputColumn);
  if (typeof input !== "number") return input;
  if (output !== null && typeof output !== "number") return output;
  return { inputTokens: input, outputTokens: output };
}

function tokensIn(
  row: Extract<SourceRow, { fields: unknown }>,
  column = "",
): number | { column: string; problem: string } {
  const value = row.fields[column];
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  const isLength =
    typeof number === "number" && Number.isInteger(number) && number >= 1 && number <= mostTokens;
  return isLength ? number : { column, problem: `it must be a whole number of tokens, at least 1` };
}
