import { at, elapsed, goodRequests, pick, timePerOutputToken } from "../metrics/requests.ts";
import type { LatencyLimits } from "../model/define-model.ts";
import type { Timeline } from "../sut/timeline.ts";
import type { Chart, ChartMark, ChartSeries } from "./chart.ts";
import { forChart, millisecondsForChart } from "./rounding.ts";
import { countInSteps, percentilesInSteps, Spreading, type TimeGrid, timeGridOf } from "./time-grid.ts";

/** Charts over the time of a test share their cursor. */
export const testTime = "test-time";

const secondsAxis = { label: "time, s", scale: "linear" } as const;

/** TTFT, TPOT, throughput, arrivals and lateness over the time of a test. */
export function timeCharts(timeline: Timeline, limits: LatencyLimits | null, hasSchedule: boolean): Chart[] {
  const good = goodRequests(timeline);
  if (good.length === 0) return [];
  const grid = timeGridOf(timeline);
  const scheduled = pick(timeline.columns.scheduledNs, good);
  const over = (name: string, timesNs: Float64Array, values: Float64Array, limitNs: number | null) =>
    latencyOverTime(grid, { name, timesNs, values, limitNs });
  const ttft = elapsed(timeline, good, "scheduledNs", "firstTokenNs");
  const { sentNs, scheduledNs } = timeline.columns;
  return [
    ...over("TTFT", scheduled, ttft, limits?.ttftNs ?? null),
    ...over("TPOT", scheduled, timePerOutputToken(timeline, good), limits?.tpotNs ?? null),
    tokenChart(grid, timeline, good),
    requestChart(grid, timeline, good),
    inFlightChart(grid, timeline),
    // Only in the open loop is there a schedule to hold arrivals against.
    ...(hasSchedule
      ? [
          arrivalChart(grid, timeline),
          ...over(
            "Sent after schedule",
            scheduledNs,
            sentNs.map((sent, row) => sent - at(scheduledNs, row)),
            null,
          ),
        ]
      : []),
  ];
}

/** Up to so many requests each one is shown. */
const mostPoints = 2000;

interface LatencyOverTime {
  name: string;
  timesNs: Float64Array;
  values: Float64Array;
  limitNs: number | null;
}

function latencyOverTime(grid: TimeGrid, { name, timesNs, values, limitNs }: LatencyOverTime): Chart[] {
  const rows = [...timesNs.keys()].filter(
    (row) => !Number.isNaN(at(timesNs, row)) && !Number.isNaN(at(values, row)),
  );
  if (rows.length === 0) return [];
  const most = rows.reduce((largest, row) => Math.max(largest, at(values, row)), 0);
  const marks: ChartMark[] =
    limitNs !== null && limitNs <= 2 * most ? [{ axis: "y", at: limitNs / 1e6, text: "limit" }] : [];
  const base = {
    title: `${name} over time`,
    x: secondsAxis,
    y: { label: `${name === "TTFT" || name === "TPOT" ? name : "delay"}, ms`, scale: "linear" as const },
    marks,
    cursorGroup: testTime,
  };
  if (rows.length <= mostPoints) {
    const ordered = rows.sort((a, b) => at(timesNs, a) - at(timesNs, b));
    return [
      {
        ...base,
        note: "A point for each request, at the time it was scheduled.",
        xValues: ordered.map((row) => Number((at(timesNs, row) / 1e9).toPrecision(7))),
        series: [
          {
            name: "request",
            style: "points",
            values: ordered.map((row) => millisecondsForChart(at(values, row))),
          },
        ],
      },
    ];
  }
  const fractions = [0.5, 0.9, 0.99, 1];
  const names = ["p50", "p90", "p99", "max"];
  const figures = percentilesInSteps(grid, timesNs, values, fractions);
  return [
    {
      ...base,
      note: `Requests scheduled within ${stepText(grid)} each.`,
      xValues: middles(grid),
      series: figures.map((list, index) => ({
        name: names[index] ?? "",
        style: "line",
        values: list.map(millisecondsForChart),
      })),
    },
  ];
}

function tokenChart(grid: TimeGrid, { columns }: Timeline, good: Uint32Array): Chart {
  const tokens = new Spreading(grid);
  for (const row of good) {
    const first = at(columns.firstTokenNs, row);
    const last = at(columns.lastTokenNs, row);
    const count = at(columns.outputTokens, row);
    tokens.add(Math.min(1, count), first, first);
    tokens.add(Math.max(0, count - 1), first, last);
  }
  return rateChart(grid, {
    title: "Output tokens over time",
    note: "Tokens of an answer are spread evenly from its first to its last one.",
    label: "tokens/s",
    series: [{ name: "tokens/s", amounts: tokens.amounts() }],
  });
}

function requestChart(grid: TimeGrid, { columns }: Timeline, good: Uint32Array): Chart {
  const failed = columns.completedNs.filter((_, row) => !Number.isNaN(at(columns.error, row)));
  const series = [
    { name: "completed", amounts: countInSteps(grid, pick(columns.completedNs, good)) },
    ...(failed.length === 0 ? [] : [{ name: "failed", amounts: countInSteps(grid, failed) }]),
  ];
  return rateChart(grid, {
    title: "Completed requests over time",
    note: `Counted in steps of ${stepText(grid)}.`,
    label: "requests/s",
    series,
  });
}

function inFlightChart(grid: TimeGrid, { columns, length }: Timeline): Chart {
  const busy = new Spreading(grid);
  for (let row = 0; row < length; row++) {
    const sent = at(columns.sentNs, row);
    const completed = at(columns.completedNs, row);
    busy.add((completed - sent) / 1e9, sent, completed);
  }
  return rateChart(grid, {
    title: "Requests in flight",
    note: "Sent and not yet answered, on average over each step of time.",
    label: "requests",
    series: [{ name: "in flight", amounts: busy.amounts() }],
  });
}

function arrivalChart(grid: TimeGrid, { columns }: Timeline): Chart {
  return rateChart(grid, {
    title: "Arrivals against schedule",
    note: `What LoadGen scheduled and what the client sent, in steps of ${stepText(grid)}.`,
    label: "requests/s",
    series: [
      { name: "scheduled", amounts: countInSteps(grid, columns.scheduledNs) },
      { name: "sent", amounts: countInSteps(grid, columns.sentNs) },
    ],
  });
}

function rateChart(
  grid: TimeGrid,
  {
    title,
    note,
    label,
    series,
  }: { title: string; note: string; label: string; series: { name: string; amounts: Float64Array }[] },
): Chart {
  return {
    title,
    note,
    x: secondsAxis,
    y: { label, scale: "linear" },
    xValues: middles(grid),
    series: series.map(
      ({ name, amounts }): ChartSeries => ({
        name,
        style: "line",
        values: Array.from(amounts, (amount, step) => forChart((amount / grid.lengthNsOf(step)) * 1e9)),
      }),
    ),
    marks: [],
    cursorGroup: testTime,
  };
}

function middles(grid: TimeGrid): number[] {
  return Array.from({ length: grid.steps }, (_, step) => grid.secondsOf(step));
}

function stepText({ stepNs }: TimeGrid): string {
  return stepNs >= 1e9 ? `${stepNs / 1e9} s` : `${Number((stepNs / 1e6).toPrecision(3))} ms`;
}
