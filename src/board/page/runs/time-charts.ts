import * as Plot from "@observablehq/plot";
import { at, extent, goodRequests } from "../../../metrics/requests.ts";
import type { Timeline } from "../../../sut/timeline.ts";
import type { Chart } from "../charts/chart.ts";
import { pointed } from "../charts/pointed.ts";
import { seriesColor } from "../charts/series.ts";
import { compactText, numberText } from "../wording.ts";
import type { TimedRun } from "./distribution-charts.ts";

const steps = 120;

/** Output tokens a second over the time of each run; tokens of an answer are spread evenly from its first to its last. */
export function tokensOverTime(runs: readonly TimedRun[]): Chart {
  return overTime(runs, "Output tokens/s over time", "output tokens/s", (timeline, add) => {
    const { firstTokenNs, lastTokenNs, outputTokens } = timeline.columns;
    for (const row of goodRequests(timeline)) {
      const tokens = at(outputTokens, row);
      const [first, last] = [at(firstTokenNs, row), at(lastTokenNs, row)];
      add(Math.min(1, tokens), first, first);
      add(Math.max(0, tokens - 1), first, last);
    }
  });
}

/** Requests that were sent and not yet answered, on average over each step of time. */
export function concurrencyOverTime(runs: readonly TimedRun[]): Chart {
  return overTime(runs, "Requests in flight over time", "requests in flight", (timeline, add) => {
    const { sentNs, completedNs } = timeline.columns;
    for (let row = 0; row < timeline.length; row++) {
      const [sent, completed] = [at(sentNs, row), at(completedNs, row)];
      add((completed - sent) / 1e9, sent, completed);
    }
  });
}

type Add = (amount: number, fromNs: number, toNs: number) => void;

function overTime(
  runs: readonly TimedRun[],
  title: string,
  label: string,
  spread: (timeline: Timeline, add: Add) => void,
): Chart {
  const points = runs.flatMap(({ label: run, timeline }, series) =>
    ratesOf(timeline, spread).map(({ seconds, rate }) => ({ run, series, seconds, rate, rows: [] })),
  );
  type Point = (typeof points)[number];
  return {
    title,
    legend: runs.map(({ label: run }, index) => ({ label: run, index })),
    hasShapes: false,
    notes: [],
    isEmpty: points.length === 0,
    table: () => ({
      header: ["run", "time (s)", label],
      rows: points.map(({ run, seconds, rate }) => ({ cells: [run, seconds, rate], rows: [] })),
    }),
    options: (width, theme) => ({
      height: 260,
      marginLeft: 56,
      marginRight: 24,
      marginBottom: 40,
      x: { label: "time (s)", ...(width < 500 ? { ticks: 5 } : {}) },
      y: { label, grid: true, zero: true, tickFormat: compactText },
      color: { type: "identity" },
      marks: [
        Plot.line(points, {
          x: "seconds",
          y: "rate",
          z: "series",
          stroke: ({ series }: Point) => seriesColor(theme, series),
          strokeWidth: 1.8,
        }),
        Plot.ruleY([0], { stroke: theme.softInk }),
        pointed(points, theme, {
          x: "seconds",
          y: "rate",
          title: ({ run, seconds, rate }: Point) =>
            `${run}\nat ${numberText(seconds)} s\n${label}: ${numberText(rate)}`,
        }),
      ],
    }),
  };
}

/** Amounts by step, each spread evenly over its time, as rates a second. */
function ratesOf(timeline: Timeline, spread: (timeline: Timeline, add: Add) => void) {
  const { last: endNs } = extent(timeline.columns.completedNs);
  if (!(endNs > 0)) return [];
  const stepNs = endNs / steps;
  const amounts = new Float64Array(steps);
  const stepOf = (ns: number) => Math.min(steps - 1, Math.max(0, Math.floor(ns / stepNs)));
  spread(timeline, (amount, fromNs, toNs) => {
    if (!(amount > 0) || Number.isNaN(fromNs) || Number.isNaN(toNs)) return;
    const [first, last] = [stepOf(fromNs), stepOf(toNs)];
    for (let step = first; step <= last; step++) {
      const overlap = Math.min(toNs, (step + 1) * stepNs) - Math.max(fromNs, step * stepNs);
      const share = first === last ? 1 : overlap / (toNs - fromNs);
      amounts[step] = at(amounts, step) + amount * share;
    }
  });
  return Array.from(amounts, (amount, step) => ({
    seconds: ((step + 0.5) * stepNs) / 1e9,
    rate: (amount / stepNs) * 1e9,
  }));
}
