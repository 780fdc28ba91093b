import { brokenText, openParquet, type ParquetTable } from "./parquet-table.ts";
import type { DataFile, RowRequest, RowSource, SourceRow } from "./row-source.ts";
import { shuffledIndexes } from "./shuffled.ts";
import { notUtf8 } from "./text-lines.ts";
import { reasonOf } from "./user-module.ts";

type Fields = Readonly<Record<string, unknown>>;

const fewestRowsRead = 100;

/** Parquet files: only the columns and row groups that are needed are read, and only the files. */
export function parquetFiles(files: readonly DataFile[]): RowSource {
  return {
    fields: "typed",
    rows: (request) =>
      request.shuffleSeed === null ? inOrder(files, request) : shuffled(files, request, request.shuffleSeed),
    // Most bytes are never looked at.
    sha256: () => null,
  };
}

async function* inOrder(files: readonly DataFile[], request: RowRequest): AsyncGenerator<SourceRow> {
  let expected = request.expectedRows;
  for (const { label, path } of files) {
    const table = await opening(label, await path());
    if ("problem" in table) {
      yield table;
      continue;
    }
    try {
      for (const { start, end } of readingSteps(table, expected)) {
        yield* rowsBetween(table, label, request, start, end);
        if (expected !== null) expected = Math.max(0, expected - (end - start));
      }
    } finally {
      await table.close();
    }
  }
}

/** Row by row group; the group in which the expected number of rows ends is read in two steps. */
function* readingSteps({ groupEnds }: ParquetTable, expected: number | null) {
  let start = 0;
  let left = expected === null ? Number.POSITIVE_INFINITY : Math.max(expected, fewestRowsRead);
  for (const end of groupEnds) {
    const middle = Math.min(end, start + Math.max(left, 0));
    if (middle > start && middle < end) {
      yield { start, end: middle };
      start = middle;
    }
    left -= end - start;
    if (start < end) yield { start, end };
    start = end;
  }
}

async function* rowsBetween(
  table: ParquetTable,
  file: string,
  request: RowRequest,
  start: number,
  end: number,
): AsyncGenerator<SourceRow> {
  let rows: Fields[];
  try {
    rows = await table.read(request.columns(table.columns), start, end);
  } catch (error) {
    const problem = `rows from ${start + 1} to ${end} cannot be read: ${reasonOf(error)}`;
    yield { file, row: null, line: null, column: null, problem };
    return;
  }
  for (const [index, fields] of rows.entries()) yield rowOf(file, start + index, fields);
}

/**
 * Takes rows in random order in batches, each batch in the order of the file, so that a row group is decoded once a batch.
 */
async function* shuffled(
  files: readonly DataFile[],
  request: RowRequest,
  seed: number,
): AsyncGenerator<SourceRow> {
  const tables: { label: string; table: ParquetTable; first: number }[] = [];
  let total = 0;
  try {
    for (const { label, path } of files) {
      const table = await opening(label, await path());
      if ("problem" in table) {
        yield table;
        continue;
      }
      tables.push({ label, table, first: total });
      total += table.rowCount;
    }
    const order = shuffledIndexes(total, seed);
    const batchRows = Math.max(request.expectedRows ?? total, fewestRowsRead);
    for (let start = 0; start < total; start += batchRows) {
      const batch = order.subarray(start, start + batchRows);
      const rows = new Map<number, SourceRow>();
      const sorted = batch.toSorted();
      for (const { label, table, first } of tables) {
        const own = sorted.filter((index) => index >= first && index < first + table.rowCount);
        await pickRows(table, label, request, first, own, rows);
      }
      for (const index of batch) {
        const row = rows.get(index);
        if (row !== undefined) yield row;
      }
    }
  } finally {
    for (const { table } of tables) await table.close();
  }
}

async function pickRows(
  table: ParquetTable,
  label: string,
  request: RowRequest,
  first: number,
  sorted: Uint32Array,
  rows: Map<number, SourceRow>,
): Promise<void> {
  let groupStart = 0;
  for (const groupEnd of table.groupEnds) {
    const wanted = sorted.filter((index) => index - first >= groupStart && index - first < groupEnd);
    const from = (wanted[0] ?? 0) - first;
    const to = (wanted.at(-1) ?? 0) - first + 1;
    groupStart = groupEnd;
    if (wanted.length === 0) continue;
    const isWanted = new Set(wanted);
    let index = first + from;
    for await (const row of rowsBetween(table, label, request, from, to)) {
      if (isWanted.has(index) || "problem" in row)
        rows.set("problem" in row ? (wanted[0] ?? index) : index, row);
      index += 1;
    }
  }
}

function rowOf(file: string, index: number, fields: Fields): SourceRow {
  const place = { file, row: index + 1, line: null };
  const broken = Object.entries(fields).find(([, value]) => value === brokenText);
  return broken === undefined ? { ...place, fields } : { ...place, column: broken[0], problem: notUtf8 };
}

async function opening(
  label: string,
  path: string,
): Promise<ParquetTable | Extract<SourceRow, { problem: string }>> {
  try {
    return await openParquet(path);
  } catch (error) {
    const problem = `it is not Parquet: ${reasonOf(error)}`;
    return { file: label, row: null, line: null, column: null, problem };
  }
}
