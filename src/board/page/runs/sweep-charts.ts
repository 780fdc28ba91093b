import * as Plot from "@observablehq/plot";
import type { Chart } from "../charts/chart.ts";
import { pointed } from "../charts/pointed.ts";
import { seriesColor, seriesShape } from "../charts/series.ts";
import { compactText, numberText } from "../wording.ts";
import type { Latency } from "./distribution-charts.ts";
import type { SweepFigure, SweepFile, SweepRun } from "./sweep-file.ts";

const verdicts = ["valid", "not valid"] as const;

/** Median and 99th percentile of a latency against the load. */
export function latencyAgainstLoad({ plan, runs, highestValid }: SweepFile, latency: Latency): Chart {
  const isClosed = plan.kind === "concurrency";
  const unit = isClosed ? "requests at once" : "queries/s";
  const figures = figuresOf(latency, isClosed);
  const points = figures.flatMap(([label, figure], series) =>
    runs.flatMap((run) => {
      const ns = run.figures[figure] ?? null;
      return ns === null || ns <= 0
        ? []
        : [{ label, series, name: run.name, load: run.load, ms: ns / 1e6, state: run.state, rows: [] }];
    }),
  );
  type Point = (typeof points)[number];
  return {
    title: `${latency} against the load`,
    legend: figures.map(([label], index) => ({ label, index })),
    hasShapes: true,
    notes: [
      "Hollow points are runs that were not VALID.",
      ...(highestValid === null
        ? []
        : [`The dashed line is the highest VALID rate, ${numberText(highestValid)} ${unit}.`]),
    ],
    isEmpty: points.length === 0,
    table: () => ({
      header: ["run", unit, "figure", "ms", "verdict"],
      rows: points.map(({ name, load, label, ms, state }) => ({
        cells: [name, load, label, ms, state],
        rows: [],
      })),
    }),
    options: (width, theme) => {
      const color = ({ series }: Point) => seriesColor(theme, series);
      return {
        height: 320,
        marginLeft: 56,
        marginRight: 24,
        inset: 7,
        marginBottom: 40,
        x: { label: unit, ...(width < 500 ? { ticks: 4 } : {}) },
        y: { type: "log", label: `${latency} (ms)`, grid: true, tickFormat: numberText, ticks: 5 },
        color: { type: "identity" },
        symbol: { type: "identity" },
        marks: [
          Plot.ruleX(highestValid === null ? [] : [highestValid], {
            stroke: theme.softInk,
            strokeDasharray: "4 3",
          }),
          Plot.line(
            points,
            Plot.groupX({ y: "mean" }, { x: "load", y: "ms", z: "series", stroke: color, sort: "load" }),
          ),
          Plot.dot(points, {
            x: "load",
            y: "ms",
            r: 5,
            symbol: ({ series }: Point) => seriesShape(series),
            stroke: color,
            strokeWidth: 1.8,
            fill: (point: Point) => (point.state === "valid" ? color(point) : theme.paper),
          }),
          pointed(points, theme, {
            x: "load",
            y: "ms",
            title: ({ name, label, load, ms, state }: Point) =>
              `${name}: ${state}\n${numberText(load)} ${unit}\n${label}: ${numberText(ms)} ms`,
          }),
        ],
      };
    },
  };
}

/** Tokens a second against TTFT, or against tokens a second of one user; the line joins what nothing beats in both. */
export function paretoChart({ plan, runs }: SweepFile, against: "TTFT" | "TPOT"): Chart {
  const figure =
    against === "TTFT" ? (plan.kind === "concurrency" ? "serviceTtftP99Ns" : "ttftP99Ns") : "tpotP50Ns";
  const label = against === "TTFT" ? "TTFT p99 (ms)" : "tokens/s of one user (1 / TPOT p50)";
  const isLessBetter = against === "TTFT";
  const points = runs.flatMap((run) => {
    const ns = run.figures[figure] ?? null;
    const tokens = run.figures.tokensPerSecond ?? null;
    if (ns === null || ns <= 0 || tokens === null || run.state === "failed") return [];
    return [{ ...pointOf(run), x: isLessBetter ? ns / 1e6 : 1e9 / ns, tokens }];
  });
  type Point = (typeof points)[number];
  const isBetter = (one: number, other: number) => (isLessBetter ? one < other : one > other);
  const front = points
    .filter(
      (one) =>
        !points.some(
          (other) =>
            (isBetter(other.x, one.x) && other.tokens >= one.tokens) ||
            (other.x === one.x && other.tokens > one.tokens),
        ),
    )
    .sort((one, other) => one.x - other.x);
  return {
    title: `Output tokens/s against ${isLessBetter ? "TTFT" : "tokens/s of one user"}`,
    legend: verdicts.map((verdict, index) => ({ label: verdict, index })),
    hasShapes: true,
    notes: ["The load stands beside each run; the line joins those that no other run beats in both."],
    isEmpty: points.length === 0,
    table: () => ({
      header: ["run", "load", label, "output tokens/s", "verdict"],
      rows: points.map(({ name, load, x, tokens, state }) => ({
        cells: [name, load, x, tokens, state],
        rows: [],
      })),
    }),
    options: (width, theme) => ({
      height: 320,
      marginLeft: 56,
      marginRight: 40,
      inset: 7,
      marginBottom: 40,
      x: { label, grid: true, tickFormat: compactText, ...(width < 500 ? { ticks: 4 } : {}) },
      y: { label: "output tokens/s", grid: true, zero: true, tickFormat: compactText },
      color: { type: "identity" },
      symbol: { type: "identity" },
      marks: [
        Plot.line(front, { x: "x", y: "tokens", stroke: theme.softInk, strokeWidth: 1.5 }),
        Plot.dot(points, {
          x: "x",
          y: "tokens",
          r: 5,
          fill: ({ series }: Point) => seriesColor(theme, series),
          symbol: ({ series }: Point) => seriesShape(series),
        }),
        Plot.text(points, {
          x: "x",
          y: "tokens",
          text: ({ load }: Point) => numberText(load),
          dx: 8,
          textAnchor: "start",
          fontSize: 11,
        }),
        pointed(points, theme, {
          x: "x",
          y: "tokens",
          title: ({ name, state, load, x, tokens }: Point) =>
            `${name}: ${state}\nload ${numberText(load)}\n${label}: ${numberText(x)}\n${numberText(tokens)} tokens/s`,
        }),
      ],
    }),
  };
}

function pointOf({ name, load, state }: SweepRun) {
  return { name, load, state, series: state === "valid" ? 0 : 1, rows: [] };
}

function figuresOf(latency: Latency, isClosed: boolean): (readonly [label: string, figure: SweepFigure])[] {
  if (latency === "TPOT")
    return [
      ["p50", "tpotP50Ns"],
      ["p99", "tpotP99Ns"],
    ];
  if (latency === "latency")
    return [
      ["p50", "latencyP50Ns"],
      ["p99", "latencyP99Ns"],
    ];
  // In a closed loop there is no schedule to count from.
  return isClosed
    ? [
        ["p50 from sending", "serviceTtftP50Ns"],
        ["p99 from sending", "serviceTtftP99Ns"],
      ]
    : [
        ["p50", "ttftP50Ns"],
        ["p99", "ttftP99Ns"],
      ];
}
