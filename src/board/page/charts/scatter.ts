import * as Plot from "@observablehq/plot";
import { distinctValues } from "../data/group-rows.ts";
import { isNumeric, type Table } from "../data/table.ts";
import { columnLabel, columnTitle, compactText, numberText, shownUnit, valueText } from "../wording.ts";
import { canvasDots, mostElements } from "./canvas-dots.ts";
import type { Chart, Datum } from "./chart.ts";
import type { ChartChoice } from "./choice-of-chart.ts";
import { facetChannel, facetOf, facetOptions } from "./facets.ts";
import { pointed } from "./pointed.ts";
import { seriesColor, seriesOf, seriesShape } from "./series.ts";
import { widestText } from "./text-width.ts";

interface Point extends Datum {
  x: number | string;
  y: number | string;
  series: number;
  facet: string;
}

const mostPointed = 50_000;

/** A point for each result. Rows without one of the two values are left out and counted. */
export function scatter(table: Table, allRows: readonly number[], choice: ChartChoice): Chart {
  const { by, measure } = choice;
  const at = axisValue(table, by);
  const height = axisValue(table, measure);
  const shown = allRows.filter((row) => at(row) !== null && height(row) !== null);
  const facet = facetOf(table, choice.facet, shown);
  const rows = shown.filter((row) => facet.holds(row));
  const series = seriesOf(table, choice.colour, rows);
  const points: Point[] = rows.map((row) => ({
    x: at(row) ?? 0,
    y: height(row) ?? 0,
    series: series.indexOf(row),
    facet: facet.labelOf(row),
    rows: [row],
  }));
  const left = allRows.length - shown.length;
  const isLog = choice.isLog && points.every(({ y }) => Number(y) > 0);
  const wordsOf = (name: string, row: number) => valueText(table.column(name).values[row] ?? null, name);
  const named = ["system_name", "submitter", "round", "scenario", "benchmark"];
  const told = [...new Set([choice.facet, choice.colour])].flatMap((name) =>
    name === null || named.includes(name) ? [] : [name],
  );
  return {
    title: `${columnTitle(measure)} by ${columnLabel(by)}`,
    legend: series.legend,
    hasShapes: points.length <= mostElements,
    notes: [
      ...facet.notes,
      ...(left > 0
        ? [`${numberText(left)} results have no value for one of the axes and are not shown.`]
        : []),
    ],
    isEmpty: points.length === 0,
    table: () => ({
      header: [
        ...[...named, ...told].map((name) => columnLabel(name)),
        ...[by, measure].map((name) => columnTitle(name)),
      ],
      rows: points.map(({ x, y, rows: behind }) => ({
        cells: [...[...named, ...told].map((name) => wordsOf(name, behind[0] ?? 0)), x, y],
        rows: behind,
      })),
    }),
    options: (width, theme) => ({
      ...facetOptions(facet, width, 340),
      ...yMargin(points, width),
      inset: 7,
      marginBottom: isNumeric(by) ? 40 : 100,
      x: {
        ...axis(table, by, rows),
        label: columnTitle(by),
        ...(isNumeric(by) ? { grid: true } : { tickRotate: -35 }),
      },
      y: {
        ...axis(table, measure, rows),
        label: columnTitle(measure),
        grid: true,
        ...(isNumeric(measure) ? { type: isLog ? "log" : "linear", nice: !isLog } : {}),
      },
      color: { type: "identity" },
      symbol: { type: "identity" },
      marks: [
        Plot.dot(points, {
          x: "x",
          y: "y",
          ...facetChannel(facet),
          r: 4.5,
          fill: ({ series: index }: Point) => seriesColor(theme, index),
          fillOpacity: 0.75,
          symbol: ({ series: index }: Point) => seriesShape(index),
          ...(points.length > mostElements
            ? { render: canvasDots((index) => seriesColor(theme, points[index]?.series ?? 0)) }
            : {}),
        }),
        ...(points.length > mostPointed
          ? []
          : [
              pointed(points, theme, {
                x: "x",
                y: "y",
                ...facetChannel(facet),
                title: ({ rows: [row = 0] }: Point) =>
                  [
                    ...named.map((name) => wordsOf(name, row)),
                    ...[by, measure, ...(choice.colour === null ? [] : [choice.colour])].map(
                      (name) => `${columnTitle(name)}: ${wordsOf(name, row)}`,
                    ),
                    ...(table.column("origin").values[row] === "official"
                      ? []
                      : ["not verified by MLCommons"]),
                  ].join("\n"),
              }),
            ]),
      ],
    }),
  };
}

function axisValue(table: Table, name: string): (row: number) => number | string | null {
  const { values } = table.column(name);
  const { factor } = shownUnit(name);
  if (!isNumeric(name))
    return (row) => {
      const value = values[row] ?? null;
      return value === null ? null : valueText(value, name);
    };
  return (row) => {
    const value = values[row];
    return typeof value === "number" ? value * factor : null;
  };
}

function axis(table: Table, name: string, rows: readonly number[]): Plot.ScaleOptions {
  if (isNumeric(name)) return { tickFormat: name === "accelerator_year" ? "d" : compactText };
  const domain = distinctValues(table, name, rows)
    .filter((value) => value !== null)
    .map((value) => valueText(value, name));
  return { type: "point", domain };
}

function yMargin(points: readonly Point[], width: number): Plot.PlotOptions {
  const longest = widestText(points.slice(0, 500).flatMap(({ y }) => (typeof y === "string" ? [y] : [])));
  return { marginLeft: Math.min(width * 0.4, Math.max(56, longest + 16)) };
}
