import * as Plot from "@observablehq/plot";
import { numberAt, summarise } from "../data/measures.ts";
import type { Table } from "../data/table.ts";
import { columnLabel, columnTitle, compactText, numberText, shownUnit } from "../wording.ts";
import { CategoryAxis, placeOf } from "./category-axis.ts";
import { type Group, groupCategories } from "./category-groups.ts";
import type { Chart, Datum } from "./chart.ts";
import type { ChartChoice } from "./choice-of-chart.ts";
import { facetChannel, facetMargin, facetOf } from "./facets.ts";
import { pointed } from "./pointed.ts";
import { seriesColor, seriesOf } from "./series.ts";

interface BoxPoint extends Datum {
  place: string;
  facet: string;
  value: number;
  series: number;
}

/** The spread of each category and series: quartiles as a box, median as a line, far values as points. */
export function boxes(table: Table, rows: readonly number[], choice: ChartChoice): Chart {
  const { by, measure } = choice;
  const facet = facetOf(table, choice.facet, rows);
  const colour = choice.colour === by ? null : choice.colour;
  const series = seriesOf(table, colour, rows);
  const grouping = groupCategories(table, rows, { by, measure, facet, series });
  const { factor } = shownUnit(measure);
  const axis = new CategoryAxis(grouping);
  const points: BoxPoint[] = grouping.groups.flatMap((group) =>
    group.rows.map((row) => ({
      place: placeOf(group),
      facet: group.facet,
      value: (numberAt(table, measure, row) ?? 0) * factor,
      series: group.series,
      rows: [row],
    })),
  );
  const isLog = choice.isLog && points.every(({ value }) => value > 0);
  const median = (group: Group) => (summarise(table, measure, group.rows, "median") ?? 0) * factor;
  return {
    title: `Spread of ${columnTitle(measure)} by ${columnLabel(by)}`,
    legend: series.legend,
    hasShapes: false,
    notes: grouping.notes,
    isEmpty: points.length === 0,
    table: () => ({
      header: [
        columnLabel(by),
        colour === null ? "series" : columnLabel(colour),
        `median ${columnTitle(measure)}`,
      ],
      rows: grouping.groups.map((group) => ({
        cells: [group.category, group.label, median(group)],
        rows: group.rows,
      })),
    }),
    options: (width, theme) => {
      const color = ({ series: index }: BoxPoint) => seriesColor(theme, index);
      const place = { x: "value", y: "place", ...facetChannel(facet) };
      return {
        ...axis.options(width, facet, 0.25),
        height: 64 + facet.labels.length * (axis.places.length * 24 + 18),
        marginRight: facet.name === null ? 24 : facetMargin(facet),
        x: {
          grid: true,
          tickFormat: compactText,
          label: columnTitle(measure),
          axis: "top",
          labelOffset: 38,
          type: isLog ? "log" : "linear",
        },
        color: { type: "identity" },
        marks: [
          Plot.boxX(points, { ...place, fill: color, fillOpacity: 0.45, stroke: color, r: 2.5 }),
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
