import { parquetRead } from "hyparquet";
import { type Timeline, type TimelineColumn, timelineColumns } from "../../../sut/timeline.ts";

/** Columns of a timeline that stand in the file as text: only whether a request failed is asked here. */
const errorColumn = "error_code";
const textColumns = new Set<TimelineColumn>(["error", "finishReason"]);

const columnsOfFile = new Map<string, TimelineColumn>(
  timelineColumns
    .filter((name) => !textColumns.has(name))
    .map((name) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), name]),
);

/** Reads requests.parquet of a run. Throws an Error that says what is wrong with it. */
export async function readRequests(url: string): Promise<Timeline> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: the server answered ${answer.status} ${answer.statusText}`.trim());
  const pieces: { name: string; start: number; values: ArrayLike<unknown> }[] = [];
  const file = await answer.arrayBuffer();
  try {
    await parquetRead({
      file,
      columns: [...columnsOfFile.keys(), errorColumn],
      onChunk: ({ columnName: name, columnData: values, rowStart: start }) => {
        pieces.push({ name, start, values });
      },
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${url} is no requests.parquet: ${why}`, { cause });
  }
  const length = Math.max(0, ...pieces.map(({ start, values }) => start + values.length));
  const columns = Object.fromEntries(
    timelineColumns.map((name) => [name, new Float64Array(length).fill(Number.NaN)]),
  ) as Timeline["columns"];
  for (const { name, start, values } of pieces) {
    const target = columns[columnsOfFile.get(name) ?? "error"];
    for (let row = 0; row < values.length; row++) {
      const value = values[row];
      if (value === null || value === undefined) continue;
      target[start + row] = name === errorColumn ? 0 : Number(value);
    }
  }
  return { length, columns, finishReasons: [], errors: [] };
}
