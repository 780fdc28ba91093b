import * as Plot from "@observablehq/plot";
import { summarise } from "../data/measures.ts";
import type { Table } from "../data/table.ts";
import { columnLabel, columnTitle, compactText, numberText, resultCount, shownUnit } from "../wording.ts";
import { CategoryAxis } from "./category-axis.ts";
import { type Group, groupCategories } from "./category-groups.ts";
import type { Chart, Datum } from "./chart.ts";
import type { ChartChoice } from "./choice-of-chart.ts";
import { facetCells, facetHeader } from "./facets.ts";
import { pointed } from "./pointed.ts";
import { seriesColor } from "./series.ts";
import { statisticWord } from "./statistic-word.ts";

interface Bar extends Datum, Group {
  place: string;
  value: number;
}

const rowPx = 20;

/** A bar for each category and series. Bars start at zero, so their axis is never logarithmic. */
export function bars(table: Table, rows: readonly number[], choice: ChartChoice): Chart {
  const { by, measure, statistic } = choice;
  const colour = choice.colour === by ? null : choice.colour;
  const { facet, series, groups, all, notes } = groupCategories(table, rows, {
    ...{ by, measure, colour },
    facet: choice.facet,
  });
  const { factor } = shownUnit(measure);
  const figureOf = (group: Group) =>
    (summarise(table, measure, group.rows, statistic) ?? 0) * (statistic === "count" ? 1 : factor);
  const axis = new CategoryAxis(groups, facet, true);
  const drawn: Bar[] = groups.map((group) => ({
    ...group,
    place: axis.placeOf(group),
    value: figureOf(group),
  }));
  const figure =
    statistic === "count"
      ? "number of results"
      : `${statisticWord(statistic, table, measure)} ${columnTitle(measure)}`;
  return {
    title: `${figure} by ${columnLabel(by)}`,
    legend: series.legend,
    hasShapes: false,
    notes,
    isEmpty: drawn.length === 0,
    table: () => ({
      header: [
        ...facetHeader(facet),
        columnLabel(by),
        ...(colour === null ? [] : [columnLabel(colour)]),
        figure,
      ],
      rows: all.map((group) => ({
        cells: [
          ...facetCells(facet, group.facet),
          group.category,
          ...(colour === null ? [] : [group.label]),
          figureOf(group),
        ],
        rows: group.rows,
      })),
    }),
    options: (width, theme) => {
      const options = axis.options(width, 0.15);
      return {
        ...options,
        height: 64 + axis.heightPx(rowPx),
        marginRight: 46,
        x: { grid: true, tickFormat: compactText, label: figure, axis: "top", labelOffset: 38 },
        color: { type: "identity" },
        marks: [
          Plot.ruleX([0], { stroke: theme.softInk }),
          Plot.barX(drawn, {
            x: "value",
            y: "place",
            fill: ({ series: index }: Bar) => seriesColor(theme, index),
          }),
          Plot.text(drawn, {
            x: "value",
            y: "place",
            text: ({ value }: Bar) => numberText(value),
            textAnchor: "start",
            dx: 4,
            fontSize: 11,
          }),
          axis.headings(theme, options.marginLeft),
          pointed(drawn, theme, {
            x: "value",
            y: "place",
            title: (bar: Bar) =>
              [
                ...[bar.facet, bar.category, bar.label],
                ...[`${figure}: ${numberText(bar.value)}`, resultCount(bar.rows.length)],
              ]
                .filter((line) => line !== "")
                .join("\n"),
          }),
        ],
      };
    },
  };
}
