import { asyncBufferFromFile, parquetRead } from "hyparquet";
import { type ColumnSource, parquetWriteFile } from "hyparquet-writer";
import { UsageError } from "../errors.ts";
import { type Timeline, type TimelineColumn, timelineColumns } from "../sut/timeline.ts";

/** Numbers of the timeline and their columns in the file: times are ns as int64, counts and indices int32. */
const numberColumns = [
  { from: "sample", name: "sample", type: "INT32" },
  { from: "endpoint", name: "endpoint", type: "INT32" },
  { from: "worker", name: "worker", type: "INT32" },
  { from: "scheduledNs", name: "scheduled_ns", type: "INT64" },
  { from: "issuedNs", name: "issued_ns", type: "INT64" },
  { from: "sentNs", name: "sent_ns", type: "INT64" },
  { from: "firstByteNs", name: "first_byte_ns", type: "INT64" },
  { from: "firstTokenNs", name: "first_token_ns", type: "INT64" },
  { from: "firstAnswerTokenNs", name: "first_answer_token_ns", type: "INT64" },
  { from: "lastTokenNs", name: "last_token_ns", type: "INT64" },
  { from: "completedNs", name: "completed_ns", type: "INT64" },
  { from: "promptTokens", name: "prompt_tokens", type: "INT32" },
  { from: "outputTokens", name: "output_tokens", type: "INT32" },
  { from: "tokenEvents", name: "token_events", type: "INT32" },
] as const satisfies readonly { from: TimelineColumn; name: string; type: "INT32" | "INT64" }[];

const finishReasonColumn = "finish_reason";
const errorCodeColumn = "error_code";
const textColumnNames: readonly string[] = [finishReasonColumn, errorCodeColumn];

/**
 * Writes a timeline as a Parquet file, one row a request. What did not happen is null. Finish reasons and error codes
 * are written as text; the example messages of the errors are in the record only.
 */
export function writeRequests(path: string, timeline: Timeline): void {
  const { columns, finishReasons, errors } = timeline;
  const columnData: ColumnSource[] = [
    ...numberColumns.map(({ from, name, type }) => ({
      name,
      type,
      nullable: true,
      data: type === "INT64" ? wholeNs(columns[from]) : wholeNumbers(columns[from]),
    })),
    textColumn(finishReasonColumn, columns.finishReason, finishReasons),
    textColumn(
      errorCodeColumn,
      columns.error,
      errors.map(({ code }) => code),
    ),
  ];
  parquetWriteFile({ filename: path, columnData });
}

/** Reads back what `writeRequests` wrote. Throws UsageError when there is no such file or it is something else. */
export async function readRequests(path: string): Promise<Timeline> {
  const numbers = new Map<string, Piece<Float64Array>[]>();
  const texts = new Map<string, Piece<ArrayLike<unknown>>[]>();
  try {
    await parquetRead({
      file: await asyncBufferFromFile(path),
      onChunk: ({ columnName, columnData, rowStart }) => {
        // As numbers at once: a million requests as objects would take the memory of ten.
        if (textColumnNames.includes(columnName)) {
          texts.set(columnName, [...(texts.get(columnName) ?? []), { rowStart, values: columnData }]);
        } else {
          numbers.set(columnName, [
            ...(numbers.get(columnName) ?? []),
            { rowStart, values: numbersOf(columnData) },
          ]);
        }
      },
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(
      "REQUESTS_UNREADABLE",
      [{ where: path, message: `It cannot be read (${reason}).` }],
      {
        hint: "Give the requests.parquet of a run.",
        cause,
      },
    );
  }
  refuseMissingColumns(path, new Set([...numbers.keys(), ...texts.keys()]));
  return timelineFrom(numbers, texts);
}

/** Consecutive rows of a column. */
interface Piece<Values> {
  rowStart: number;
  values: Values;
}

/** NaN for null. */
function numbersOf(values: ArrayLike<unknown>): Float64Array {
  const numbers = new Float64Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    numbers[row] = value === null ? Number.NaN : Number(value);
  }
  return numbers;
}

function refuseMissingColumns(path: string, read: ReadonlySet<string>): void {
  // A file without rows has no pieces of columns to be told of.
  if (read.size === 0) return;
  const names = [...numberColumns.map(({ name }) => name), finishReasonColumn, errorCodeColumn];
  const missing = names.filter((name) => !read.has(name));
  if (missing.length > 0) {
    throw new UsageError(
      "REQUESTS_UNREADABLE",
      missing.map((name) => ({ where: path, message: `The column ${name} is missing.` })),
      { hint: "Give the requests.parquet of a run." },
    );
  }
}

function timelineFrom(
  numbers: ReadonlyMap<string, Piece<Float64Array>[]>,
  texts: ReadonlyMap<string, Piece<ArrayLike<unknown>>[]>,
): Timeline {
  const length = Math.max(
    0,
    ...(numbers.get("sample") ?? []).map(({ rowStart, values }) => rowStart + values.length),
  );
  const nothing = () => new Float64Array(length).fill(Number.NaN);
  const columns = Object.fromEntries(timelineColumns.map((name) => [name, nothing()])) as Timeline["columns"];
  for (const { from, name } of numberColumns) {
    for (const { rowStart, values } of numbers.get(name) ?? []) columns[from].set(values, rowStart);
  }
  const reasons = indexed(texts.get(finishReasonColumn) ?? [], length);
  const codes = indexed(texts.get(errorCodeColumn) ?? [], length);
  columns.finishReason = reasons.indices;
  columns.error = codes.indices;
  return {
    length,
    columns,
    finishReasons: reasons.table,
    errors: codes.table.map((code) => ({ code, example: "" })),
  };
}

/** Texts as indices in a table of the different ones; NaN for null. */
function indexed(
  pieces: readonly Piece<ArrayLike<unknown>>[],
  length: number,
): { indices: Float64Array; table: string[] } {
  const table = new Map<string, number>();
  const indices = new Float64Array(length).fill(Number.NaN);
  for (const { rowStart, values } of pieces) {
    for (let row = 0; row < values.length; row++) {
      const value = values[row];
      if (typeof value !== "string") continue;
      const index = table.get(value) ?? table.size;
      table.set(value, index);
      indices[rowStart + row] = index;
    }
  }
  return { indices, table: [...table.keys()] };
}

function wholeNs(column: Float64Array): (bigint | null)[] {
  return Array.from(column, (value) => (Number.isNaN(value) ? null : BigInt(Math.round(value))));
}

function wholeNumbers(column: Float64Array): (number | null)[] {
  return Array.from(column, (value) => (Number.isNaN(value) ? null : value));
}

function textColumn(name: string, column: Float64Array, table: readonly string[]): ColumnSource {
  return { name, type: "STRING", nullable: true, data: Array.from(column, (index) => table[index] ?? null) };
}
