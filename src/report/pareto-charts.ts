import type { Chart } from "./chart.ts";
import { type OperatingPoint, tokensPerSecondPerUser } from "./operating-point.ts";
import { forChart } from "./rounding.ts";

/** Tokens a second against TTFT and against tokens a second of one user; the points that no other beats are joined. */
export function paretoCharts(points: readonly OperatingPoint[]): Chart[] {
  return [
    paretoChart(points, {
      title: "Tokens/s against TTFT",
      label: "TTFT p99, ms",
      valueOf: ({ ttftP99Ns }) => (ttftP99Ns === null ? null : ttftP99Ns / 1e6),
      isBetter: (a, b) => a < b,
    }),
    paretoChart(points, {
      title: "Tokens/s against tokens/s of one user",
      label: "tokens/s of one user (1 / TPOT p50)",
      valueOf: tokensPerSecondPerUser,
      isBetter: (a, b) => a > b,
    }),
  ].filter((chart) => chart !== null);
}

interface ParetoAxis {
  title: string;
  label: string;
  valueOf(point: OperatingPoint): number | null;
  isBetter(a: number, b: number): boolean;
}

function paretoChart(points: readonly OperatingPoint[], axis: ParetoAxis): Chart | null {
  const placed = points
    .flatMap((point) => {
      const x = axis.valueOf(point);
      const y = point.tokensPerSecond;
      return x === null || y === null || point.state === "failed" ? [] : [{ x, y, point }];
    })
    .sort((a, b) => a.x - b.x);
  if (placed.length < 2) return null;
  const isBeaten = (candidate: (typeof placed)[number]) =>
    placed.some(
      (other) =>
        (axis.isBetter(other.x, candidate.x) && other.y >= candidate.y) ||
        (other.x === candidate.x && other.y > candidate.y),
    );
  const isFront = placed.map((candidate) => !isBeaten(candidate));
  const values = (isShown: (index: number) => boolean) =>
    placed.map(({ y }, index) => (isShown(index) ? forChart(y) : null));
  return {
    title: axis.title,
    note: "Each point is a run with its load beside it; the line joins those that no other run beats in both.",
    x: { label: axis.label, scale: "linear" },
    y: { label: "tokens/s", scale: "linear" },
    xValues: placed.map(({ x }) => forChart(x) ?? 0),
    series: [
      { name: "best for both", style: "line", values: values((index) => isFront[index] === true) },
      {
        name: "valid",
        color: 3,
        style: "points",
        values: values((index) => placed[index]?.point.state === "valid"),
        texts: placed.map(({ point }) => (point.load === null ? point.name : String(point.load))),
      },
      {
        name: "not valid",
        color: 2,
        style: "points",
        values: values((index) => placed[index]?.point.state !== "valid"),
        texts: placed.map(({ point }) => (point.load === null ? point.name : String(point.load))),
      },
    ],
    marks: [],
    cursorGroup: null,
  };
}
