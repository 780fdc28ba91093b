import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { type ColumnSource, parquetWriteFile } from "hyparquet-writer";
import { UsageError } from "../errors.ts";
import { wattsOf } from "../telemetry/energy.ts";
import type { PowerSeries } from "../telemetry/power-source.ts";
import {
  type ServerMetric,
  type ServerMetricValues,
  serverMetrics,
} from "../telemetry/server-metric-names.ts";
import type { ServerMetricSeries } from "../telemetry/server-report.ts";

/** One reading of a server's metrics; NaN for what it did not tell. */
export interface ServerMetricRow {
  /** After the start of the test, ns; negative before it. */
  timeNs: number;
  /** Address that was read. */
  source: string;
  values: ServerMetricValues;
}

/** One reading of a power meter. */
export interface PowerRow {
  /** After the start of the test, ns; negative before it. */
  timeNs: number;
  source: string;
  /** Power then, or of a counter of energy the mean since the reading before, and NaN at the first. */
  watts: number;
  /** Energy so far, of a counter of energy; NaN for others. */
  joules: number;
}

/** "kvCacheUse" → "kv_cache_use". */
const columnOf = (metric: ServerMetric) =>
  metric.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Writes what was scraped, one row for each answer of each address. */
export function writeServerMetrics(path: string, series: ServerMetricSeries): void {
  const rows = series.rounds.flatMap((round) =>
    round.flatMap((reading, index) => {
      const source = series.sources[index]?.url ?? "";
      return reading === null ? [] : [{ source, ...reading }];
    }),
  );
  writeRows(path, rows, [
    ...serverMetrics.map((metric) => numberColumn(columnOf(metric), rows, ({ values }) => values[metric])),
  ]);
}

/** Reads back what `writeServerMetrics` wrote. Throws UsageError when there is no such file or it is something else. */
export async function readServerMetricRows(path: string): Promise<ServerMetricRow[]> {
  return (await readRows(path)).map((row) => ({
    ...placeOf(row),
    values: Object.fromEntries(
      serverMetrics.map((metric) => [metric, numberIn(row[columnOf(metric)])]),
    ) as ServerMetricValues,
  }));
}

/** Writes the readings of power meters; `startedMs` is the start of the test on their clock. */
export function writePower(path: string, series: readonly PowerSeries[], startedMs: number): void {
  const rows: PowerRow[] = series.flatMap((meter) => {
    const watts = wattsOf(meter);
    return meter.timesMs.map((timeMs, index) => ({
      timeNs: Math.round((timeMs - startedMs) * 1e6),
      source: meter.name,
      watts: watts[index] ?? Number.NaN,
      joules: meter.unit === "joules" ? (meter.values[index] ?? Number.NaN) : Number.NaN,
    }));
  });
  rows.sort((a, b) => a.timeNs - b.timeNs);
  writeRows(path, rows, [
    numberColumn("watts", rows, ({ watts }) => watts),
    numberColumn("joules", rows, ({ joules }) => joules),
  ]);
}

/** Reads back what `writePower` wrote. Throws UsageError when there is no such file or it is something else. */
export async function readPower(path: string): Promise<PowerRow[]> {
  return (await readRows(path)).map((row) => ({
    ...placeOf(row),
    watts: numberIn(row.watts),
    joules: numberIn(row.joules),
  }));
}

function writeRows(
  path: string,
  rows: readonly { timeNs: number; source: string }[],
  columns: ColumnSource[],
): void {
  parquetWriteFile({
    filename: path,
    columnData: [
      { name: "time_ns", type: "INT64", nullable: false, data: rows.map(({ timeNs }) => BigInt(timeNs)) },
      { name: "source", type: "STRING", nullable: false, data: rows.map(({ source }) => source) },
      ...columns,
    ],
  });
}

function numberColumn<Row>(name: string, rows: readonly Row[], numberOf: (row: Row) => number): ColumnSource {
  const data = rows.map(numberOf).map((value) => (Number.isNaN(value) ? null : value));
  return { name, type: "DOUBLE", nullable: true, data };
}

async function readRows(path: string): Promise<Record<string, unknown>[]> {
  try {
    return await parquetReadObjects({ file: await asyncBufferFromFile(path) });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError("SERIES_UNREADABLE", [{ where: path, message: `It cannot be read (${reason}).` }], {
      hint: "Give the server-metrics.parquet or power.parquet of a run.",
      cause,
    });
  }
}

function placeOf({ time_ns: timeNs, source }: Record<string, unknown>): { timeNs: number; source: string } {
  return { timeNs: Number(timeNs), source: String(source) };
}

function numberIn(value: unknown): number {
  return typeof value === "number" ? value : Number.NaN;
}
