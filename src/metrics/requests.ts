import type { Timeline, TimelineColumn } from "../sut/timeline.ts";

/** What became of the requests of a test. */
export interface RequestCounts {
  /** Requests that LoadGen issued. */
  issued: number;
  /** Requests that were answered well. */
  completed: number;
  /** Requests that failed. */
  failed: number;
  /** Failures by cause, most frequent first. */
  byError: { code: string; count: number; example: string }[];
  /** Finish reasons of the good requests and how often each was given. */
  finishReasons: Record<string, number>;
}

/** Counts the rows of a timeline; every row is a request that was issued. */
export function countRequests(timeline: Timeline): RequestCounts {
  const { error, finishReason } = timeline.columns;
  const good = goodRequests(timeline);
  const reasons = tally(pick(finishReason, good));
  const errors = tally(error);
  return {
    issued: timeline.length,
    completed: good.length,
    failed: sum(errors.values()),
    byError: [...errors]
      .map(([index, count]) => ({ ...errorAt(timeline, index), count }))
      .sort((a, b) => b.count - a.count),
    finishReasons: Object.fromEntries(
      [...reasons].map(([index, count]) => [timeline.finishReasons[index] ?? `unknown (${index})`, count]),
    ),
  };
}

/** Row numbers of the requests that did not fail and came to an end; only they enter a statistic. */
export function goodRequests(timeline: Timeline): Uint32Array {
  const { error, completedNs } = timeline.columns;
  const rows = Uint32Array.from({ length: timeline.length }, (_, row) => row);
  return rows.filter((row) => Number.isNaN(at(error, row)) && !Number.isNaN(at(completedNs, row)));
}

/** The values of a column in the given rows. */
export function pick(column: Float64Array, rows: Uint32Array): Float64Array {
  return Float64Array.from(rows, (row) => at(column, row));
}

/** Time from one event of a request to another, row by row, ns; NaN where one did not happen. */
export function elapsed(
  timeline: Timeline,
  rows: Uint32Array,
  from: TimelineColumn,
  to: TimelineColumn,
): Float64Array {
  const starts = timeline.columns[from];
  const ends = timeline.columns[to];
  return Float64Array.from(rows, (row) => at(ends, row) - at(starts, row));
}

/**
 * Time per output token (TPOT) of each request, ns: (last token − first token) / (tokens − 1), as LoadGen and vLLM
 * define it, save that both take the end of the request for the last token. NaN for answers of one token.
 */
export function timePerOutputToken(timeline: Timeline, rows: Uint32Array): Float64Array {
  const { firstTokenNs, lastTokenNs, outputTokens } = timeline.columns;
  return Float64Array.from(rows, (row) => {
    const tokens = at(outputTokens, row);
    return tokens >= 2 ? (at(lastTokenNs, row) - at(firstTokenNs, row)) / (tokens - 1) : Number.NaN;
  });
}

/** Whether any of the requests had tokens of reasoning: its first token was not its answer's first. */
export function hadReasoning({ columns }: Timeline, rows: Uint32Array): boolean {
  return rows.some((row) => at(columns.firstAnswerTokenNs, row) !== at(columns.firstTokenNs, row));
}

/** The value of a column in a row; NaN outside of the column, as for everything that was not measured. */
export function at(column: Float64Array, row: number): number {
  return column[row] ?? Number.NaN;
}

/** Sum of numbers. */
export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Smallest and largest of the times, NaN left out; infinite when there are none. */
export function extent(times: Float64Array): { first: number; last: number } {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const time of times) {
    if (time < first) first = time;
    if (time > last) last = time;
  }
  return { first, last };
}

function tally(column: Float64Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of column) {
    if (!Number.isNaN(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

function errorAt(timeline: Timeline, index: number): { code: string; example: string } {
  return timeline.errors[index] ?? { code: `unknown (${index})`, example: "" };
}
