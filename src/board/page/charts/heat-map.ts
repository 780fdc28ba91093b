import * as Plot from "@observablehq/plot";
import { summarise } from "../data/measures.ts";
import type { Table } from "../data/table.ts";
import { columnLabel, columnTitle, numberText, resultCount, shownUnit } from "../wording.ts";
import { categoryMargin, groupCategories } from "./category-groups.ts";
import type { Chart, Datum } from "./chart.ts";
import type { ChartChoice } from "./choice-of-chart.ts";
import { facetChannel, facetMargin, facetOf } from "./facets.ts";
import { pointed } from "./pointed.ts";
import { seriesOf } from "./series.ts";
import { statisticWord } from "./statistic-word.ts";
import { fitted } from "./text-width.ts";

interface Cell extends Datum {
  row: string;
  column: string;
  facet: string;
  value: number;
}

/** A figure for each pair of values of two columns, as words and as a colour. */
export function heatMap(table: Table, rows: readonly number[], choice: ChartChoice): Chart {
  const { by, measure, statistic } = choice;
  const across = choice.colour ?? "scenario";
  const facet = facetOf(table, choice.facet, rows);
  const series = seriesOf(table, across, rows);
  const { categories, groups, notes } = groupCategories(table, rows, { by, measure, facet, series });
  const { factor } = shownUnit(measure);
  const cells: Cell[] = groups.map((group) => ({
    row: group.category,
    column: group.label,
    facet: group.facet,
    value: (summarise(table, measure, group.rows, statistic) ?? 0) * (statistic === "count" ? 1 : factor),
    rows: group.rows,
  }));
  const figure =
    statistic === "count"
      ? "number of results"
      : `${statisticWord(statistic, table, measure)} ${columnTitle(measure)}`;
  const present = new Set(cells.map(({ column }) => column));
  const labels = series.legend.map(({ label }) => label).filter((label) => present.has(label));
  const shades = [...cells.map(({ value }) => value)].sort((a, b) => a - b);
  const isLog = choice.isLog && (shades[0] ?? 0) > 0;
  return {
    title: `${figure} by ${columnLabel(by)} and ${columnLabel(across)}`,
    legend: [],
    hasShapes: false,
    notes: [
      ...notes,
      `Darker is ${statistic === "count" ? "more" : "a larger figure"}, and the table has them all.`,
    ],
    isEmpty: cells.length === 0,
    table: () => ({
      header: [columnLabel(by), columnLabel(across), figure],
      rows: cells.map((cell) => ({ cells: [cell.row, cell.column, cell.value], rows: cell.rows })),
    }),
    options: (width, theme) => {
      const marginLeft = categoryMargin(categories, width);
      const shorten = (text: string) => fitted(text, marginLeft - 12);
      const place = { x: "column", y: "row", ...facetChannel(facet) };
      const isRoomy = (width - marginLeft) / Math.max(1, labels.length) > 46;
      const scale = (value: number) => (isLog ? Math.log(value) : value);
      const [low, high] = [scale(shades[0] ?? 0), scale(shades.at(-1) ?? 1)];
      const depth = (value: number) => (high === low ? 0.5 : (scale(value) - low) / (high - low));
      return {
        height: 130 + facet.labels.length * (categories.length * 26 + 10),
        marginLeft,
        marginTop: 100,
        marginRight: facet.name === null ? 56 : facetMargin(facet),
        x: { type: "band", domain: labels, axis: "top", label: null, tickRotate: -35, padding: 0.04 },
        y: {
          type: "band",
          domain: [...categories],
          label: null,
          tickFormat: shorten,
          tickSize: 0,
          padding: 0.04,
        },
        ...(facet.name === null ? {} : { fy: { domain: [...facet.labels], label: columnLabel(facet.name) } }),
        color: { type: "identity" },
        marks: [
          Plot.cell(cells, { ...place, fill: ({ value }: Cell) => shade(depth(value)) }),
          ...(isRoomy
            ? [
                Plot.text(cells, {
                  ...place,
                  text: ({ value }: Cell) => numberText(value),
                  fill: ({ value }: Cell) => (depth(value) > 0.45 ? "#ffffff" : "#1b1f24"),
                  fontSize: 11,
                }),
              ]
            : []),
          pointed(cells, theme, {
            ...place,
            title: (cell: Cell) =>
              `${cell.row}\n${cell.column}\n${figure}: ${numberText(cell.value)}\n${resultCount(cell.rows.length)}`,
          }),
        ],
      };
    },
  };
}

/** From pale to deep blue; lightness alone tells, so that every eye sees it. */
function shade(depth: number): string {
  const mix = (from: number, to: number) => Math.round(from + (to - from) * depth);
  return `rgb(${mix(222, 8)}, ${mix(235, 64)}, ${mix(247, 129)})`;
}
