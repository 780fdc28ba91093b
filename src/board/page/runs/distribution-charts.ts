import * as Plot from "@observablehq/plot";
import { percentile, type SortedValues, sortValues } from "../../../metrics/distribution.ts";
import { elapsed, goodRequests, timePerOutputToken } from "../../../metrics/requests.ts";
import type { LatencyLimits } from "../../../model/define-model.ts";
import type { Timeline } from "../../../sut/timeline.ts";
import type { Chart } from "../charts/chart.ts";
import { pointed } from "../charts/pointed.ts";
import { seriesColor } from "../charts/series.ts";
import { numberText } from "../wording.ts";

/** The latencies whose distribution is shown. */
export const latencies = ["TTFT", "TPOT", "latency"] as const;
export type Latency = (typeof latencies)[number];

/** A run with its requests. */
export interface TimedRun {
  label: string;
  timeline: Timeline;
  limits: LatencyLimits | null;
}

interface Ordered {
  label: string;
  series: number;
  values: SortedValues;
  limitMs: number | null;
}

const frame: Plot.PlotOptions = {
  height: 320,
  marginLeft: 56,
  marginRight: 24,
  marginBottom: 40,
  color: { type: "identity" },
};

const curveSteps = 200;
const bins = 40;

/** The share of good requests that took at most a time, a line for each run. */
export function cumulativeChart(runs: readonly TimedRun[], latency: Latency): Chart {
  const ordered = orderedOf(runs, latency);
  const points = ordered.flatMap(({ label, series, values }) =>
    Array.from({ length: curveSteps + 1 }, (_, step) => {
      const place = Math.min(values.length - 1, Math.floor((values.length * step) / curveSteps));
      const share = (100 * (place + 1)) / values.length;
      return { label, series, ms: (values[place] ?? 0) / 1e6, share, rows: [] };
    }),
  );
  type Point = (typeof points)[number];
  // A limit far off would press all that was measured to one side.
  const most = points.reduce((longest, { ms }) => Math.max(longest, ms), 0);
  const isLog = points.every(({ ms }) => ms > 0);
  return {
    ...frameOf(ordered, `Cumulative distribution of ${latency}`),
    notes: ["The share of good requests that took at most the time below.", ...limitNotes(ordered, latency)],
    table: () => ({
      header: ["run", `${latency} (ms)`, "requests (%)"],
      rows: points.map(({ label, ms, share }) => ({ cells: [label, ms, share], rows: [] })),
    }),
    options: (width, theme) => ({
      ...frame,
      x: {
        type: isLog ? "log" : "linear",
        label: `${latency} (ms)`,
        grid: true,
        tickFormat: numberText,
        ticks: width < 500 ? 3 : 6,
      },
      y: { label: "requests (%)", domain: [0, 100], grid: true },
      marks: [
        ...limitRules(
          ordered.filter(({ limitMs }) => limitMs !== null && limitMs <= most * 2),
          theme.softInk,
        ),
        Plot.line(points, {
          x: "ms",
          y: "share",
          z: "series",
          stroke: ({ series }: Point) => seriesColor(theme, series),
          strokeWidth: 2,
          curve: "step-before",
        }),
        pointed(points, theme, {
          x: "ms",
          y: "share",
          title: ({ label, ms, share }: Point) =>
            `${label}\n${numberText(share)} % within ${numberText(ms)} ms`,
        }),
      ],
    }),
  };
}

/** How many of the good requests fall into each span of time, a step line for each run; the last span holds all longer ones. */
export function histogramChart(runs: readonly TimedRun[], latency: Latency): Chart {
  const ordered = orderedOf(runs, latency);
  const least = Math.min(...ordered.map(({ values }) => values[0] ?? 0)) / 1e6;
  const most = Math.max(...ordered.map(({ values }) => percentile(values, 0.995) ?? 0)) / 1e6;
  const step = most > least ? (most - least) / bins : Math.max(1e-6, least / 100);
  const spans = ordered.flatMap(({ label, series, values }) => {
    const counts = new Array<number>(bins).fill(0);
    for (const ns of values) {
      const bin = Math.min(bins - 1, Math.max(0, Math.floor((ns / 1e6 - least) / step)));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    return counts.map((count, bin) => ({
      ...{ label, series, count, rows: [] },
      share: (100 * count) / values.length,
      fromMs: least + bin * step,
      toMs: least + (bin + 1) * step,
    }));
  });
  type Span = (typeof spans)[number];
  return {
    ...frameOf(ordered, `Histogram of ${latency}`),
    notes: ["The last bar holds everything longer.", ...limitNotes(ordered, latency)],
    table: () => ({
      header: ["run", "from (ms)", "to (ms)", "requests", "requests (%)"],
      rows: spans.map(({ label, fromMs, toMs, count, share }) => ({
        cells: [label, fromMs, toMs, count, share],
        rows: [],
      })),
    }),
    options: (width, theme) => ({
      ...frame,
      x: { label: `${latency} (ms)`, tickFormat: numberText, ticks: width < 500 ? 4 : 8 },
      y: { label: "requests (%)", grid: true },
      marks: [
        ...limitRules(
          ordered.filter(({ limitMs }) => limitMs !== null && limitMs <= most * 1.5),
          theme.softInk,
        ),
        Plot.rect(spans, {
          ...{ x1: "fromMs", x2: "toMs", y1: 0, y2: "share" },
          fill: ({ series }: Span) => seriesColor(theme, series),
          fillOpacity: ordered.length === 1 ? 0.8 : 0.35,
          stroke: ({ series }: Span) => seriesColor(theme, series),
        }),
        Plot.ruleY([0], { stroke: theme.softInk }),
        pointed(spans, theme, {
          ...{ x1: "fromMs", x2: "toMs", y: "share" },
          title: ({ label, fromMs, toMs, count }: Span) =>
            `${label}\n${numberText(fromMs)} to ${numberText(toMs)} ms\n${numberText(count)} requests`,
        }),
      ],
    }),
  };
}

function orderedOf(runs: readonly TimedRun[], latency: Latency): Ordered[] {
  return runs
    .map(({ label, timeline, limits }, series) => {
      const good = goodRequests(timeline);
      const values =
        latency === "TPOT"
          ? timePerOutputToken(timeline, good)
          : elapsed(timeline, good, "scheduledNs", latency === "TTFT" ? "firstTokenNs" : "completedNs");
      const limitNs = latency === "TTFT" ? limits?.ttftNs : latency === "TPOT" ? limits?.tpotNs : undefined;
      return {
        label,
        series,
        values: sortValues(values),
        limitMs: limitNs === undefined ? null : limitNs / 1e6,
      };
    })
    .filter(({ values }) => values.length > 0);
}

function frameOf(
  ordered: readonly Ordered[],
  title: string,
): Pick<Chart, "title" | "legend" | "hasShapes" | "isEmpty"> {
  return {
    title,
    legend: ordered.map(({ label, series }) => ({ label, index: series })),
    hasShapes: false,
    isEmpty: ordered.length === 0,
  };
}

function limitRules(ordered: readonly Ordered[], stroke: string): Plot.Markish[] {
  const limits = [...new Set(ordered.flatMap(({ limitMs }) => limitMs ?? []))];
  return [Plot.ruleX(limits, { stroke, strokeDasharray: "4 3" })];
}

function limitNotes(ordered: readonly Ordered[], latency: Latency): string[] {
  const limits = [...new Set(ordered.flatMap(({ limitMs }) => limitMs ?? []))];
  return limits.map((ms) => `The limit of ${latency} is ${numberText(ms)} ms.`);
}
