import type { PowerRow, ServerMetricRow } from "../results/series-parquet.ts";
import type { ServerMetric } from "../telemetry/server-metric-names.ts";
import type { Chart, ChartSeries } from "./chart.ts";
import { forChart } from "./rounding.ts";
import { testTime } from "./time-charts.ts";

/** A reading of one source at one time. */
interface Reading {
  timeNs: number;
  source: string;
  value: number;
}

/** More readings than a chart has room for are thinned out evenly. */
const mostReadings = 600;

/** What the servers told of themselves, over the time of the test. */
export function serverMetricCharts(rows: readonly ServerMetricRow[]): Chart[] {
  const readingsOf = (metric: ServerMetric, factor = 1): Reading[] =>
    rows.map(({ timeNs, source, values }) => ({ timeNs, source, value: values[metric] * factor }));
  return [
    chartOf("Requests on the server", "Running and waiting, as the server counts them.", "requests", [
      ...seriesBySource(readingsOf("running"), "running"),
      ...seriesBySource(readingsOf("waiting"), "waiting"),
    ]),
    chartOf(
      "KV cache in use",
      "Share of the server's KV cache.",
      "%",
      seriesBySource(readingsOf("kvCacheUse", 100), "KV cache"),
    ),
    chartOf(
      "Preemptions",
      "Requests that lost their place on the server, so far.",
      "preemptions",
      seriesBySource(readingsOf("preemptions"), "preemptions"),
    ),
    chartOf(
      "Tokens by the server's count",
      "Generated tokens a second between two readings.",
      "tokens/s",
      seriesBySource(ratesOf(readingsOf("generationTokens")), "generated"),
    ),
  ].filter((chart) => chart !== null);
}

/** What the meters told, over the time of the test. */
export function powerCharts(rows: readonly PowerRow[]): Chart[] {
  const readings = rows.map(({ timeNs, source, watts }) => ({ timeNs, source, value: watts }));
  const chart = chartOf("Power", "What each meter told.", "W", seriesBySource(readings, "power"));
  return chart === null ? [] : [chart];
}

interface NamedReadings {
  name: string;
  readings: Reading[];
}

function seriesBySource(readings: readonly Reading[], name: string): NamedReadings[] {
  const sources = [...new Set(readings.map(({ source }) => source))];
  return sources.map((source) => ({
    name: sources.length === 1 && name !== "power" ? name : `${name} · ${source}`.replace(/^power · /, ""),
    readings: readings.filter((reading) => reading.source === source && !Number.isNaN(reading.value)),
  }));
}

/** Increases a second between neighbouring readings; a counter that went back gives none. */
function ratesOf(readings: readonly Reading[]): Reading[] {
  const before = new Map<string, Reading>();
  return readings.flatMap((reading) => {
    const earlier = before.get(reading.source);
    before.set(reading.source, reading);
    const isRate = earlier !== undefined && reading.timeNs > earlier.timeNs && reading.value >= earlier.value;
    return isRate
      ? [{ ...reading, value: ((reading.value - earlier.value) / (reading.timeNs - earlier.timeNs)) * 1e9 }]
      : [];
  });
}

function chartOf(title: string, note: string, label: string, all: readonly NamedReadings[]): Chart | null {
  const shown = all.filter(({ readings }) => readings.length > 1).map(thinned);
  if (shown.length === 0) return null;
  const times = [...new Set(shown.flatMap(({ readings }) => readings.map(({ timeNs }) => timeNs)))].sort(
    (a, b) => a - b,
  );
  return {
    title,
    note,
    x: { label: "time, s", scale: "linear" },
    y: { label, scale: "linear" },
    xValues: times.map((ns) => Number((ns / 1e9).toFixed(3))),
    series: shown.map(({ name, readings }): ChartSeries => {
      const values = new Map(readings.map(({ timeNs, value }) => [timeNs, value]));
      return { name, style: "line", values: times.map((time) => forChart(values.get(time))) };
    }),
    marks: [],
    cursorGroup: testTime,
  };
}

function thinned({ name, readings }: NamedReadings): NamedReadings {
  const every = Math.ceil(readings.length / mostReadings);
  return { name, readings: readings.filter((_, index) => index % every === 0) };
}
