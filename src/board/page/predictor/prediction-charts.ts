import * as Plot from "@observablehq/plot";
import type { MeasuredResult } from "../../../predict/catalog.ts";
import type { PredictionCase } from "../../../predict/prediction-case.ts";
import type { Prediction } from "../../../predict/predictor.ts";
import { categoryMargin } from "../charts/category-groups.ts";
import type { Chart, Datum } from "../charts/chart.ts";
import { pointed } from "../charts/pointed.ts";
import { seriesColor, seriesShape } from "../charts/series.ts";
import { fitted } from "../charts/text-width.ts";
import { compactText, numberText } from "../wording.ts";

type Predicted = Prediction & { state: "predicted" };

interface Estimate extends Datum {
  label: string;
  value: number;
  low: number;
  high: number;
  series: number;
}

/** The middle with its interval, the roofline alone beside it, and what was measured of the same chip, model and scenario. */
export function estimateChart(
  one: PredictionCase,
  prediction: Predicted,
  support: readonly MeasuredResult[],
  rowOfResult: (id: string) => number | null,
): Chart {
  const { tokensPerSecond, low, high, rooflineTokensPerSecond: roofline } = prediction;
  const measured = support.filter(
    (result) =>
      result.accelerator === one.chip.name &&
      result.model === one.model.name &&
      result.scenario === one.scenario,
  );
  const estimates: Estimate[] = [
    { label: "predicted", value: tokensPerSecond, low, high, series: 0, rows: [] },
    { label: "roofline alone", value: roofline, low: roofline, high: roofline, series: 1, rows: [] },
    ...measured.map((result, place): Estimate => {
      const value = (result.tokensPerSecond / result.accelerators) * one.accelerators;
      const row = rowOfResult(result.id);
      return {
        label: `measured ${place + 1}: ${result.round ?? ""} ${result.submitter ?? ""}, ${result.dataType}`,
        ...{ value, low: value, high: value, series: 2, rows: row === null ? [] : [row] },
      };
    }),
  ];
  return {
    title: `Output tokens/s of ${one.accelerators} × ${one.chip.name}, ${one.model.name} ${one.dataType}, ${one.scenario}`,
    legend: [],
    hasShapes: true,
    notes: [
      "The bar is the 80 % interval.",
      ...(measured.some(({ accelerators }) => accelerators !== one.accelerators)
        ? ["Measured results of other sizes are scaled by the number of accelerators."]
        : []),
    ],
    isEmpty: false,
    table: () => ({
      header: ["figure", "tokens/s", "low", "high"],
      rows: estimates.map(({ label, value, low: least, high: most, rows }) => ({
        cells: [label, value, least, most],
        rows,
      })),
    }),
    options: (width, theme) => {
      const labels = estimates.map(({ label }) => label);
      const marginLeft = categoryMargin(labels, width);
      const color = ({ series }: Estimate) => seriesColor(theme, series);
      return {
        height: 64 + estimates.length * 34,
        marginLeft,
        marginTop: 44,
        marginRight: 56,
        x: {
          zero: true,
          nice: true,
          grid: true,
          axis: "top",
          label: "output tokens/s",
          labelOffset: 38,
          tickFormat: compactText,
          ...(width < 500 ? { ticks: 4 } : {}),
        },
        y: {
          type: "band",
          domain: labels,
          label: null,
          tickSize: 0,
          tickFormat: (label: string) => fitted(label, marginLeft - 12),
        },
        color: { type: "identity" },
        symbol: { type: "identity" },
        marks: [
          Plot.barX(estimates, {
            x1: "low",
            x2: "high",
            y: "label",
            fill: color,
            fillOpacity: 0.35,
            insetTop: 7,
            insetBottom: 7,
          }),
          Plot.dot(estimates, {
            x: "value",
            y: "label",
            r: 6,
            fill: color,
            symbol: ({ series }: Estimate) => seriesShape(series),
          }),
          Plot.text(estimates, {
            x: "high",
            y: "label",
            text: ({ value }: Estimate) => numberText(value),
            textAnchor: "start",
            dx: 10,
          }),
          pointed(estimates, theme, {
            x: "value",
            y: "label",
            title: ({ label, value, low: least, high: most }: Estimate) =>
              [
                label,
                `${numberText(value)} tokens/s`,
                ...(most > least ? [`80 % between ${numberText(least)} and ${numberText(most)}`] : []),
              ].join("\n"),
          }),
        ],
      };
    },
  };
}

/** Where the time of one step of decoding goes, by the roofline; null where the model fits only in part. */
export function stepChart({ point }: Predicted): Chart | null {
  if (point === null) return null;
  const { computeShare, weightShare, cacheShare, stepSeconds } = point;
  const shares = [
    ["computing", computeShare],
    ["reading weights", weightShare],
    ["reading the KV cache", cacheShare],
    ["exchange and overhead", Math.max(0, 1 - computeShare - weightShare - cacheShare)],
  ] as const;
  let from = 0;
  const parts = shares.map(([label, share], series) => {
    const part = { label, share, series, from, to: from + share, rows: [] };
    from = part.to;
    return part;
  });
  type Part = (typeof parts)[number];
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  return {
    title: `Where the time of a step goes: ${numberText(stepSeconds * 1000)} ms for each token of ${numberText(Math.round(point.batch))} requests at once, a copy on ${point.copies === 1 ? "1 accelerator" : `${point.copies} accelerators`}`,
    legend: parts.map(({ label, share, series }) => ({ label: `${label} ${percent(share)}`, index: series })),
    hasShapes: false,
    notes: ["By the calibrated roofline, with prefill counted to each token."],
    isEmpty: false,
    table: () => ({
      header: ["part", "share of the step", "ms"],
      rows: parts.map(({ label, share }) => ({
        cells: [label, share, share * stepSeconds * 1000],
        rows: [],
      })),
    }),
    options: (_width, theme) => ({
      height: 74,
      marginLeft: 10,
      marginRight: 20,
      x: { domain: [0, 1], label: null, tickFormat: percent },
      y: { axis: null },
      color: { type: "identity" },
      marks: [
        Plot.barX(parts, {
          x1: "from",
          x2: "to",
          fill: ({ series }: Part) => seriesColor(theme, series),
          stroke: theme.paper,
          strokeWidth: 2,
        }),
        pointed(parts, theme, {
          x1: "from",
          x2: "to",
          title: ({ label, share }: Part) => `${label}: ${percent(share)}`,
        }),
      ],
    }),
  };
}

/** Throughput over the number of accelerators, with the interval as a band; sizes that hold no copy are told. */
export function countChart(cases: readonly PredictionCase[], predictions: readonly Prediction[]): Chart {
  const points = cases.flatMap(({ accelerators }, place) => {
    const prediction = predictions[place];
    return prediction?.state === "predicted" ? [{ ...prediction, accelerators, rows: [] }] : [];
  });
  type Point = (typeof points)[number];
  const refused = cases.flatMap(({ accelerators }, place) =>
    predictions[place]?.state === "refused" ? [accelerators] : [],
  );
  return {
    title: "Output tokens/s over the number of accelerators",
    legend: [
      { label: "predicted, with its 80 % interval", index: 0 },
      { label: "roofline alone", index: 1 },
    ],
    hasShapes: true,
    notes: refused.length === 0 ? [] : [`No prediction for ${refused.join(", ")}: refused.`],
    isEmpty: points.length === 0,
    table: () => ({
      header: ["accelerators", "tokens/s", "low", "high", "roofline alone"],
      rows: points.map((point) => ({
        cells: [
          point.accelerators,
          point.tokensPerSecond,
          point.low,
          point.high,
          point.rooflineTokensPerSecond,
        ],
        rows: [],
      })),
    }),
    options: (_width, theme) => ({
      height: 300,
      marginLeft: 56,
      inset: 7,
      marginBottom: 40,
      x: {
        type: "log",
        base: 2,
        label: "accelerators",
        ticks: points.map(({ accelerators }) => accelerators),
        tickFormat: (count: number) => String(count),
      },
      y: { type: "log", label: "output tokens/s", grid: true, tickFormat: compactText, ticks: 5 },
      color: { type: "identity" },
      symbol: { type: "identity" },
      marks: [
        Plot.areaY(points, {
          x: "accelerators",
          y1: "low",
          y2: "high",
          fill: seriesColor(theme, 0),
          fillOpacity: 0.25,
        }),
        Plot.line(points, {
          x: "accelerators",
          y: "rooflineTokensPerSecond",
          stroke: seriesColor(theme, 1),
          strokeDasharray: "4 3",
        }),
        Plot.dot(points, {
          x: "accelerators",
          y: "rooflineTokensPerSecond",
          fill: seriesColor(theme, 1),
          symbol: seriesShape(1),
          r: 3.5,
        }),
        Plot.line(points, {
          x: "accelerators",
          y: "tokensPerSecond",
          stroke: seriesColor(theme, 0),
          strokeWidth: 2,
        }),
        Plot.dot(points, {
          x: "accelerators",
          y: "tokensPerSecond",
          fill: seriesColor(theme, 0),
          symbol: seriesShape(0),
          r: 4.5,
        }),
        pointed(points, theme, {
          x: "accelerators",
          y: "tokensPerSecond",
          title: (point: Point) =>
            `${point.accelerators} accelerators\n${numberText(point.tokensPerSecond)} tokens/s\n80 % between ${numberText(point.low)} and ${numberText(point.high)}\nroofline alone: ${numberText(point.rooflineTokensPerSecond)}`,
        }),
      ],
    }),
  };
}
