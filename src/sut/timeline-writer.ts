import { type Timeline, type TimelineColumn, timelineColumns } from "./timeline.ts";

/** One request's row; times on the monotonic clock, NaN where nothing happened. */
export type TimelineRow = Record<Exclude<TimelineColumn, "finishReason" | "error">, number> & {
  finishReason: string | null;
  error: { code: string; message: string } | null;
};

const initialRows = 1024;

/** Gathers rows as columns that grow by doubling. */
export class TimelineWriter {
  #length = 0;
  #capacity = initialRows;
  #columns = columnsOf(initialRows);
  readonly #finishReasons = new Map<string, number>();
  readonly #errors = new Map<string, { index: number; example: string }>();

  add(row: TimelineRow): void {
    if (this.#length === this.#capacity) this.#grow();
    const at = this.#length++;
    for (const column of timelineColumns) {
      const value =
        column === "finishReason"
          ? this.#finishReasonIndex(row.finishReason)
          : column === "error"
            ? this.#errorIndex(row.error)
            : row[column];
      this.#columns[column][at] = value;
    }
  }

  /** The rows so far; times become relative to `startedNs`. */
  finish(startedNs: number): Timeline {
    const columns = {} as Record<TimelineColumn, Float64Array>;
    for (const column of timelineColumns) {
      const values = this.#columns[column].slice(0, this.#length);
      if (column.endsWith("Ns"))
        for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) - startedNs;
      columns[column] = values;
    }
    return {
      length: this.#length,
      columns,
      finishReasons: [...this.#finishReasons.keys()],
      errors: [...this.#errors].map(([code, { example }]) => ({ code, example })),
    };
  }

  #finishReasonIndex(reason: string | null): number {
    if (reason === null) return Number.NaN;
    const known = this.#finishReasons.get(reason);
    if (known !== undefined) return known;
    this.#finishReasons.set(reason, this.#finishReasons.size);
    return this.#finishReasons.size - 1;
  }

  #errorIndex(error: TimelineRow["error"]): number {
    if (error === null) return Number.NaN;
    const known = this.#errors.get(error.code);
    if (known !== undefined) return known.index;
    this.#errors.set(error.code, { index: this.#errors.size, example: error.message });
    return this.#errors.size - 1;
  }

  #grow(): void {
    this.#capacity *= 2;
    const larger = columnsOf(this.#capacity);
    for (const column of timelineColumns) larger[column].set(this.#columns[column]);
    this.#columns = larger;
  }
}

/** A timeline without requests. */
export function emptyTimeline(): Timeline {
  return new TimelineWriter().finish(0);
}

/** Puts the timelines of several workers one after the other, with one table of reasons and errors. */
export function joinTimelines(parts: readonly Timeline[]): Timeline {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const columns = columnsOf(length);
  const finishReasons: string[] = [];
  const errors: { code: string; example: string }[] = [];
  let offset = 0;
  for (const part of parts) {
    const reasonIndex = part.finishReasons.map((reason) =>
      indexIn(finishReasons, reason, (known) => known === reason),
    );
    const errorIndex = part.errors.map((error) =>
      indexIn(errors, error, (known) => known.code === error.code),
    );
    for (const column of timelineColumns) {
      const values = part.columns[column];
      if (column === "finishReason" || column === "error") {
        const index = column === "error" ? errorIndex : reasonIndex;
        for (let i = 0; i < part.length; i++)
          columns[column][offset + i] = index[values[i] as number] ?? Number.NaN;
      } else columns[column].set(values, offset);
    }
    offset += part.length;
  }
  return { length, columns, finishReasons, errors };
}

function indexIn<Entry>(table: Entry[], entry: Entry, isSame: (known: Entry) => boolean): number {
  const known = table.findIndex(isSame);
  return known === -1 ? table.push(entry) - 1 : known;
}

function columnsOf(rows: number): Record<TimelineColumn, Float64Array> {
  return Object.fromEntries(timelineColumns.map((column) => [column, new Float64Array(rows)])) as Record<
    TimelineColumn,
    Float64Array
  >;
}
