import * as Plot from "@observablehq/plot";
import { summarise } from "../data/measures.ts";
import type { Table } from "../data/table.ts";
import { columnLabel, columnTitle, compactText, numberText, resultCount, shownUnit } from "../wording.ts";
import { CategoryAxis, placeOf } from "./category-axis.ts";
import { type Group, groupCategories } from "./category-groups.ts";
import type { Chart, Datum } from "./chart.ts";
import type { ChartChoice } from "./choice-of-chart.ts";
import { facetChannel, facetMargin, facetOf } from "./facets.ts";
import { pointed } from "./pointed.ts";
import { seriesColor, seriesOf } from "./series.ts";
import { statisticWord } from "./statistic-word.ts";

interface Bar extends Datum, Group {
  /** Category, and series within it where there are several: the bar's place. */
  place: string;
  value: number;
}

/** A bar for each category and series. Bars start at zero, so their axis is never logarithmic. */
export function bars(table: Table, rows: readonly number[], choice: ChartChoice): Chart {
  const { by, measure, statistic } = choice;
  const facet = facetOf(table, choice.facet, rows);
  const colour = choice.colour === by ? null : choice.colour;
  const series = seriesOf(table, colour, rows);
  const grouping = groupCategories(table, rows, { by, measure, facet, series });
  const { factor } = shownUnit(measure);
  const drawn: Bar[] = grouping.groups.map((group) => ({
    ...group,
    place: placeOf(group),
    value: (summarise(table, measure, group.rows, statistic) ?? 0) * (statistic === "count" ? 1 : factor),
  }));
  const axis = new CategoryAxis(grouping);
  const figure =
    statistic === "count"
      ? "number of results"
      : `${statisticWord(statistic, table, measure)} ${columnTitle(measure)}`;
  const barHeight = axis.places.length > 60 ? 12 : 20;
  return {
    title: `${figure} by ${columnLabel(by)}`,
    legend: series.legend,
    hasShapes: false,
    notes: grouping.notes,
    isEmpty: drawn.length === 0,
    table: () => ({
      header: [columnLabel(by), colour === null ? "series" : columnLabel(colour), figure],
      rows: drawn.map((bar) => ({ cells: [bar.category, bar.label, bar.value], rows: bar.rows })),
    }),
    options: (width, theme) => {
      return {
        ...axis.options(width, facet, 0.15),
        height: 64 + facet.labels.length * (axis.places.length * barHeight + 18),
        marginRight: facet.name === null ? 46 : facetMargin(facet),
        x: { grid: true, tickFormat: compactText, label: figure, axis: "top", labelOffset: 38 },
        color: { type: "identity" },
        marks: [
          Plot.ruleX([0], { stroke: theme.softInk }),
          Plot.barX(drawn, {
            x: "value",
            y: "place",
            ...facetChannel(facet),
            fill: ({ series: index }: Bar) => seriesColor(theme, index),
          }),
          Plot.text(drawn, {
            x: "value",
            y: "place",
            ...facetChannel(facet),
            text: ({ value }: Bar) => numberText(value),
            textAnchor: "start",
            dx: 4,
            fontSize: barHeight > 12 ? 11 : 8,
          }),
          pointed(drawn, theme, {
            x: "value",
            y: "place",
            ...facetChannel(facet),
            title: (bar: Bar) =>
              [bar.category, bar.label, `${figure}: ${numberText(bar.value)}`, resultCount(bar.rows.length)]
                .filter((line) => line !== "")
                .join("\n"),
          }),
        ],
      };
    },
  };
}
