import { createHash } from "node:crypto";
import { type Problem, UsageError } from "../errors.ts";
import type { Dataset, Sample } from "./define-dataset.ts";
import { rowProblem } from "./file-row.ts";
import type { RowSource } from "./row-source.ts";
import { type MadeSample, makeSample, neededColumns, type SampleRules } from "./sample-maker.ts";
import { sampleOf } from "./sample-of.ts";

/** Which rows become samples, and how. */
export interface RowReading {
  /** For reports. */
  name: string;
  /** Where the rows come from, for messages and the record. */
  source: string;
  rules: SampleRules;
  /** How many samples are wanted; null: all. */
  samples: number | null;
  shuffle: boolean;
  seed: number;
}

const mostProblemsShown = 20;

/**
 * Reads rows until there are as many samples as asked for. Throws a UsageError `DATASET_ROW_INVALID` with file, row and
 * column, `DATASET_EMPTY`, or `DATASET_TOO_SMALL` when there are fewer than asked for.
 */
export async function loadRows(rows: RowSource, reading: RowReading): Promise<Dataset> {
  const samples = await readSamples(rows, reading);
  return {
    name: reading.name,
    size: samples.length,
    performanceSampleCount: samples.length,
    source: reading.source,
    sha256: rows.sha256() ?? hashOf(samples),
    sample: (index) => sampleOf(samples, index),
  };
}

async function readSamples(rows: RowSource, reading: RowReading): Promise<Sample[]> {
  const { rules, samples: wanted, shuffle, seed } = reading;
  const samples: Sample[] = [];
  const problems: Problem[] = [];
  const leftOut = new Map<string, number>();
  let rowCount = 0;
  const request = {
    columns: (available: readonly string[]) => neededColumns(rules, available),
    shuffleSeed: shuffle ? seed : null,
    expectedRows: wanted,
  };
  const makeRow = (fields: Readonly<Record<string, unknown>>, row: number): MadeSample => {
    const derived = rules.derive === null ? {} : rules.derive.make(fields, row, seed);
    return derived === null
      ? { leftOut: "of no use" }
      : makeSample({ ...fields, ...derived }, rules, rows.fields);
  };
  for await (const row of rows.rows(request)) {
    rowCount += 1;
    if ("problem" in row) {
      problems.push(rowProblem(row.file, row, row.column, row.problem));
    } else {
      const made = makeRow(row.fields, row.row ?? rowCount);
      if ("sample" in made) samples.push(made.sample);
      else if ("leftOut" in made) leftOut.set(made.leftOut, (leftOut.get(made.leftOut) ?? 0) + 1);
      else
        problems.push(
          ...made.problems.map(({ column, message }) => rowProblem(row.file, row, column, message)),
        );
    }
    if (problems.length >= mostProblemsShown || samples.length === wanted) break;
  }
  if (problems.length > 0) throw invalidRows(problems);
  if (samples.length === 0 || samples.length < (wanted ?? 0)) {
    throw tooFew(reading, samples.length, rowCount, leftOut);
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

function tooFew(
  { source, samples: wanted }: RowReading,
  found: number,
  rowCount: number,
  leftOut: ReadonlyMap<string, number>,
): UsageError {
  const reasons = [...leftOut].map(([reason, count]) => `${count} ${reason}`);
  const left = reasons.length === 0 ? "" : ` (${reasons.join(", ")})`;
  if (found > 0) {
    const message = `it gives ${found} samples${left}, but --samples asks for ${wanted}`;
    return new UsageError("DATASET_TOO_SMALL", [{ where: source, message }]);
  }
  const message = rowCount === 0 ? "it holds no rows" : `none of its ${rowCount} rows is left${left}`;
  return new UsageError("DATASET_EMPTY", [{ where: source, message }]);
}

/** Over what was taken, where the files were not read to their ends. */
function hashOf(samples: readonly Sample[]): string {
  const hash = createHash("sha256");
  for (const sample of samples) hash.update(`${JSON.stringify(sample)}\n`);
  return hash.digest("hex");
}
