import { percentile, type SortedValues, sortValues } from "../metrics/distribution.ts";
import { at, elapsed, goodRequests, timePerOutputToken } from "../metrics/requests.ts";
import type { LatencyLimits } from "../model/define-model.ts";
import type { Timeline } from "../sut/timeline.ts";
import type { Chart, ChartMark } from "./chart.ts";
import { percentileAxis, percentileDepth } from "./percentile-axis.ts";
import { forChart, millisecondsForChart } from "./rounding.ts";

/** One latency over all good requests. */
interface Latency {
  name: string;
  ordered: SortedValues;
  limitNs: number | null;
}

/** Percentiles, cumulative shares and histograms of TTFT, TPOT and latency over the good requests. */
export function latencyCharts(timeline: Timeline, limits: LatencyLimits | null): Chart[] {
  const good = goodRequests(timeline);
  const latencies: Latency[] = [
    {
      name: "TTFT",
      ordered: sortValues(elapsed(timeline, good, "scheduledNs", "firstTokenNs")),
      limitNs: limits?.ttftNs ?? null,
    },
    {
      name: "TPOT",
      ordered: sortValues(timePerOutputToken(timeline, good)),
      limitNs: limits?.tpotNs ?? null,
    },
    {
      name: "Latency",
      ordered: sortValues(elapsed(timeline, good, "scheduledNs", "completedNs")),
      limitNs: null,
    },
  ].filter(({ ordered }) => ordered.length > 0);
  if (latencies.length === 0) return [];
  return [percentileChart(latencies), cumulativeChart(latencies), ...latencies.map(histogram)];
}

const percentileSteps = 160;

function percentileChart(latencies: readonly Latency[]): Chart {
  const most = Math.max(...latencies.map(({ ordered }) => ordered.length));
  const deepest = Math.max(1, Math.log10(most));
  const depths = Array.from({ length: percentileSteps + 1 }, (_, step) => (deepest * step) / percentileSteps);
  return {
    title: "Percentiles",
    note: "Each step to the right is a tenth of the requests of the step before; a tail shows as a rise.",
    x: percentileAxis(deepest),
    y: { label: "time, ms", scale: "log" },
    xValues: depths.map((depth) => Number(depth.toFixed(4))),
    series: latencies.map(({ name, ordered }) => ({
      name,
      style: "line",
      values: depths.map((depth) =>
        depth > percentileDepth(1 - 1 / ordered.length) + 1e-9
          ? null
          : positive(percentile(ordered, 1 - 10 ** -depth)),
      ),
    })),
    marks: limitMarks(latencies, "y"),
    cursorGroup: null,
  };
}

const cumulativeSteps = 200;

/** A logarithmic axis has no place for zero: what was too short to time is drawn at 1 ns. */
function positive(ns: number | null): number | null {
  return ns === null ? null : millisecondsForChart(Math.max(1, ns));
}

function cumulativeChart(latencies: readonly Latency[]): Chart {
  const least = Math.max(1, Math.min(...latencies.map(({ ordered }) => at(ordered, 0))));
  const most = Math.max(least * 1.01, ...latencies.map(({ ordered }) => ordered.at(-1) ?? 0));
  const times = Array.from(
    { length: cumulativeSteps + 1 },
    (_, step) => least * (most / least) ** (step / cumulativeSteps),
  );
  return {
    title: "Cumulative distribution",
    note: "The share of requests that took at most the time below.",
    x: { label: "time, ms", scale: "log" },
    y: { label: "requests, %", scale: "linear" },
    xValues: times.map((ns) => Number((ns / 1e6).toPrecision(6))),
    series: latencies.map(({ name, ordered }) => ({
      name,
      style: "line",
      values: times.map((ns) => forChart((100 * countUpTo(ordered, ns * (1 + 1e-12))) / ordered.length)),
    })),
    marks: limitMarks(latencies, "x"),
    cursorGroup: null,
  };
}

function limitMarks(latencies: readonly Latency[], axis: ChartMark["axis"]): ChartMark[] {
  return latencies.flatMap(({ name, limitNs }) =>
    limitNs === null ? [] : [{ axis, at: limitNs / 1e6, text: `${name} limit` }],
  );
}

/** How many of the sorted values are at most `limit`. */
function countUpTo(ordered: SortedValues, limit: number): number {
  let low = 0;
  let high = ordered.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(ordered, middle) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

const mostBins = 60;

function histogram({ name, ordered, limitNs }: Latency): Chart {
  const least = at(ordered, 0);
  // A few stragglers would press all others into one bar; they are counted in the last one.
  const most = percentile(ordered, 0.995) ?? least;
  const bins = Math.max(1, Math.min(mostBins, Math.ceil(2 * Math.sqrt(ordered.length))));
  const width = most > least ? (most - least) / bins : Math.max(1, least / 100);
  const starts = Array.from({ length: bins }, (_, bin) => least + bin * width);
  const counts = starts.map((start, bin) => {
    const upTo = bin === bins - 1 ? ordered.length : countUpTo(ordered, start + width);
    return upTo - (bin === 0 ? 0 : countUpTo(ordered, start));
  });
  const isMarked = limitNs !== null && limitNs <= most * 1.5;
  return {
    title: `${name} histogram`,
    note: "The last bar holds everything longer.",
    x: { label: `${name}, ms`, scale: "linear" },
    y: { label: "requests", scale: "linear" },
    xValues: starts.map((ns) => Number(((ns + width / 2) / 1e6).toPrecision(7))),
    series: [{ name: "requests", style: "bars", values: counts }],
    marks: isMarked ? [{ axis: "x", at: limitNs / 1e6, text: `${name} limit` }] : [],
    cursorGroup: null,
  };
}
