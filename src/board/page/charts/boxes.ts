import * as Plot from "@observablehq/plot";
import { numberAt, quantileOf } from "../data/measures.ts";
import type { Table } from "../data/table.ts";
import { columnLabel, columnTitle, compactText, numberText, shownUnit } from "../wording.ts";
import { CategoryAxis } from "./category-axis.ts";
import { type Group, groupCategories } from "./category-groups.ts";
import type { Chart, Datum } from "./chart.ts";
import type { ChartChoice } from "./choice-of-chart.ts";
import { facetCells, facetHeader } from "./facets.ts";
import { pointed } from "./pointed.ts";
import { seriesColor } from "./series.ts";

interface BoxPoint extends Datum {
  place: string;
  value: number;
  series: number;
}

/** What the table tells of each box, by the share of values that lies below. */
const quantiles = [
  ["least", 0],
  ["lower quartile", 0.25],
  ["median", 0.5],
  ["upper quartile", 0.75],
  ["most", 1],
] as const;

/** The spread of each category and series: quartiles as a box, median as a line, far values as points. */
export function boxes(table: Table, rows: readonly number[], choice: ChartChoice): Chart {
  const { by, measure } = choice;
  const colour = choice.colour === by ? null : choice.colour;
  const { facet, series, groups, all, notes } = groupCategories(table, rows, {
    ...{ by, measure, colour },
    facet: choice.facet,
  });
  const { factor } = shownUnit(measure);
  const axis = new CategoryAxis(groups, facet, true);
  const valueAt = (row: number) => (numberAt(table, measure, row) ?? 0) * factor;
  const points: BoxPoint[] = groups.flatMap((group) =>
    group.rows.map((row) => ({
      ...{ place: axis.placeOf(group), value: valueAt(row), series: group.series, rows: [row] },
    })),
  );
  const isLog = choice.isLog && points.every(({ value }) => value > 0);
  const spreadOf = (group: Group) => {
    const sorted = group.rows.map(valueAt).sort((a, b) => a - b);
    return [sorted.length, ...quantiles.map(([, share]) => quantileOf(sorted, share))];
  };
  return {
    title: `Spread of ${columnTitle(measure)} by ${columnLabel(by)}`,
    legend: series.legend,
    hasShapes: false,
    notes,
    isEmpty: points.length === 0,
    table: () => ({
      header: [
        ...facetHeader(facet),
        columnLabel(by),
        ...(colour === null ? [] : [columnLabel(colour)]),
        "number of results",
        ...quantiles.map(([name]) => `${name} ${columnTitle(measure)}`),
      ],
      rows: all.map((group) => ({
        cells: [
          ...facetCells(facet, group.facet),
          group.category,
          ...(colour === null ? [] : [group.label]),
          ...spreadOf(group),
        ],
        rows: group.rows,
      })),
    }),
    options: (width, theme) => {
      const color = ({ series: index }: BoxPoint) => seriesColor(theme, index);
      const place = { x: "value", y: "place" };
      const options = axis.options(width, 0.25);
      return {
        ...options,
        height: 64 + axis.heightPx(24),
        marginRight: 24,
        x: {
          grid: true,
          tickFormat: compactText,
          label: columnTitle(measure),
          axis: "top",
          labelOffset: 38,
          type: isLog ? "log" : "linear",
          ...(width < 500 ? { ticks: isLog ? 2 : 4 } : {}),
        },
        color: { type: "identity" },
        marks: [
          Plot.boxX(points, { ...place, fill: color, fillOpacity: 0.45, stroke: color, r: 2.5 }),
          axis.headings(theme, options.marginLeft),
          pointed(points, theme, {
            ...place,
            title: ({ rows: [row = 0], value }: BoxPoint) =>
              [
                table.column("system_name").values[row],
                table.column("submitter").values[row],
                `${columnTitle(measure)}: ${numberText(value)}`,
              ].join("\n"),
          }),
        ],
      };
    },
  };
}
