import * as Plot from "@observablehq/plot";
import { categoryMargin } from "../charts/category-groups.ts";
import type { Chart, Datum } from "../charts/chart.ts";
import { pointed } from "../charts/pointed.ts";
import { seriesColor, seriesOf, seriesShape } from "../charts/series.ts";
import { fitted } from "../charts/text-width.ts";
import type { Table } from "../data/table.ts";
import { dollars } from "../prices/dollars.ts";
import { compactText, numberText } from "../wording.ts";
import type { PricedResult } from "./priced-results.ts";

interface PricedPoint extends Datum, PricedResult {
  series: number;
}

const mostBars = 40;
const figure = "$ per million output tokens";

/** Cost of a million tokens by system, the cheapest first. */
export function costBars(table: Table, priced: readonly PricedResult[]): Chart {
  const { points, legend } = pointsOf(table, priced);
  const shown = points.slice(0, mostBars);
  const words = new Map(shown.map(({ id, label }) => [id, label]));
  return {
    title: `${figure} by system`,
    legend,
    hasShapes: false,
    notes:
      points.length > shown.length
        ? [`Of ${points.length} results the ${mostBars} cheapest are drawn; the table has all.`]
        : [],
    isEmpty: points.length === 0,
    table: () => ({
      header: ["result", "$ an hour", "tokens/s", figure],
      rows: points.map(({ label, pricePerHour, tokensPerSecond, perMillionTokens, rows }) => ({
        cells: [label, pricePerHour, tokensPerSecond, perMillionTokens],
        rows,
      })),
    }),
    options: (width, theme) => {
      const marginLeft = categoryMargin([...words.values()], width);
      return {
        height: 64 + shown.length * 22,
        marginLeft,
        marginTop: 44,
        marginRight: 56,
        x: { grid: true, axis: "top", label: figure, labelOffset: 38, ...(width < 500 ? { ticks: 4 } : {}) },
        y: {
          type: "band",
          domain: [...words.keys()],
          label: null,
          padding: 0.15,
          tickSize: 0,
          tickFormat: (id: string) => fitted(words.get(id) ?? "", marginLeft - 12),
        },
        color: { type: "identity" },
        marks: [
          Plot.ruleX([0], { stroke: theme.softInk }),
          Plot.barX(shown, {
            x: "perMillionTokens",
            y: "id",
            fill: ({ series }: PricedPoint) => seriesColor(theme, series),
          }),
          Plot.text(shown, {
            x: "perMillionTokens",
            y: "id",
            text: ({ perMillionTokens }: PricedPoint) => dollars(perMillionTokens),
            textAnchor: "start",
            dx: 4,
            fontSize: 11,
          }),
          pointed(shown, theme, { x: "perMillionTokens", y: "id", title: pointText }),
        ],
      };
    },
  };
}

/** Price of an hour against tokens a second; lines join what costs the same a token. */
export function costScatter(table: Table, priced: readonly PricedResult[]): Chart {
  const { points, legend } = pointsOf(table, priced);
  return {
    title: "Output tokens/s against the price of an hour",
    legend,
    hasShapes: true,
    notes: ["Along a dashed line a token costs the same."],
    isEmpty: points.length === 0,
    table: () => ({
      header: ["result", "$ an hour", "tokens/s"],
      rows: points.map(({ label, pricePerHour, tokensPerSecond, rows }) => ({
        cells: [label, pricePerHour, tokensPerSecond],
        rows,
      })),
    }),
    options: (width, theme) => {
      const x = widened(points.map(({ pricePerHour }) => pricePerHour));
      const y = widened(points.map(({ tokensPerSecond }) => tokensPerSecond));
      const lines = sameCostLines(x, y, points);
      return {
        height: 380,
        marginLeft: 60,
        marginRight: 44,
        marginTop: 30,
        marginBottom: 40,
        x: {
          type: "log",
          domain: x,
          label: "$ an hour, whole system",
          tickFormat: compactText,
          ticks: width < 500 ? 3 : 6,
        },
        y: { type: "log", domain: y, label: "output tokens/s", tickFormat: compactText, ticks: 5 },
        color: { type: "identity" },
        symbol: { type: "identity" },
        marks: [
          Plot.link(lines, {
            x1: "x1",
            y1: "y1",
            x2: "x2",
            y2: "y2",
            stroke: theme.grid,
            strokeWidth: 1.5,
            strokeDasharray: "4 3",
          }),
          // Above the picture the words of a narrow one would run into each other.
          Plot.text(width < 500 ? lines.filter(({ x2 }) => x2 === x[1]) : lines, {
            x: "x2",
            y: "y2",
            text: "label",
            textAnchor: "start",
            dx: 4,
            fill: theme.softInk,
            fontSize: 11,
          }),
          Plot.dot(points, {
            x: "pricePerHour",
            y: "tokensPerSecond",
            r: 5,
            fill: ({ series }: PricedPoint) => seriesColor(theme, series),
            fillOpacity: 0.8,
            symbol: ({ series }: PricedPoint) => seriesShape(series),
          }),
          pointed(points, theme, { x: "pricePerHour", y: "tokensPerSecond", title: pointText }),
        ],
      };
    },
  };
}

function pointsOf(table: Table, priced: readonly PricedResult[]) {
  const rows = priced.map(({ row }) => row);
  const series = seriesOf(table, "accelerator", rows);
  const points = priced.map(
    (one): PricedPoint => ({ ...one, series: series.indexOf(one.row), rows: [one.row] }),
  );
  return { points, legend: series.legend };
}

function pointText({ label, perMillionTokens, pricePerHour, tokensPerSecond }: PricedPoint): string {
  return `${label}\n${dollars(perMillionTokens)} per million output tokens\n${dollars(pricePerHour)} an hour\n${numberText(tokensPerSecond)} tokens/s`;
}

/** Least and most, with room around them. */
function widened(values: readonly number[]): [number, number] {
  return [Math.min(...values) / 1.5, Math.max(...values) * 1.5];
}

/** Lines of 1, 2, 5 times powers of ten dollars for a million tokens, near those of the points. */
function sameCostLines(
  [left, right]: [number, number],
  [bottom, top]: [number, number],
  points: readonly PricedPoint[],
) {
  const costs = points.map(({ perMillionTokens }) => perMillionTokens);
  const [least, most] = [Math.min(...costs) / 2.5, Math.max(...costs) * 2.5];
  const tokensOf = (pricePerHour: number, perMillion: number) => (pricePerHour / perMillion / 3600) * 1e6;
  const levels = Array.from({ length: 10 }, (_, power) =>
    [1, 2, 5].map((digit) => digit * 10 ** (power - 5)),
  ).flat();
  return levels
    .filter((level) => level > least && level < most)
    .flatMap((level) => {
      const slope = tokensOf(1, level);
      const x1 = Math.max(left, bottom / slope);
      const x2 = Math.min(right, top / slope);
      return x1 < x2
        ? [{ x1, y1: x1 * slope, x2, y2: x2 * slope, label: `$${Number(level.toPrecision(1))}` }]
        : [];
    });
}
