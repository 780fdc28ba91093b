import * as Plot from "@observablehq/plot";
import { summarise } from "../data/measures.ts";
import type { Table } from "../data/table.ts";
import type { Theme } from "../theme.tsx";
import { columnLabel, columnTitle, numberText, resultCount, shownUnit } from "../wording.ts";
import { CategoryAxis } from "./category-axis.ts";
import { type Group, groupCategories } from "./category-groups.ts";
import type { Chart, Datum } from "./chart.ts";
import type { ChartChoice } from "./choice-of-chart.ts";
import { facetCells, facetHeader } from "./facets.ts";
import { hatching, hatchPaint } from "./hatching.ts";
import { pointed } from "./pointed.ts";
import { statisticWord } from "./statistic-word.ts";

interface Cell extends Datum, Group {
  place: string;
  value: number;
}

/** A figure for each pair of values of two columns, as words and as a colour; hatched where there is none. */
export function heatMap(table: Table, rows: readonly number[], choice: ChartChoice): Chart {
  const { by, measure, statistic } = choice;
  const across = choice.colour ?? "scenario";
  const { facet, series, groups, all, notes } = groupCategories(table, rows, {
    ...{ by, measure, colour: across },
    facet: choice.facet,
  });
  const { factor } = shownUnit(measure);
  const axis = new CategoryAxis(groups, facet, false);
  const figureOf = (group: Group) =>
    (summarise(table, measure, group.rows, statistic) ?? 0) * (statistic === "count" ? 1 : factor);
  const cells: Cell[] = groups.map((group) => ({
    ...group,
    place: axis.placeOf(group),
    value: figureOf(group),
  }));
  const figure =
    statistic === "count"
      ? "number of results"
      : `${statisticWord(statistic, table, measure)} ${columnTitle(measure)}`;
  const present = new Set(cells.map(({ label }) => label));
  const labels = series.legend.map(({ label }) => label).filter((label) => present.has(label));
  const filled = new Set(cells.map(({ place, label }) => `${place}\n${label}`));
  const rowPlaces = [...new Set(cells.map(({ place }) => place))];
  const empty = rowPlaces.flatMap((place) =>
    labels.filter((label) => !filled.has(`${place}\n${label}`)).map((label) => ({ place, label })),
  );
  const shades = [...cells.map(({ value }) => value)].sort((a, b) => a - b);
  const isLog = choice.isLog && (shades[0] ?? 0) > 0;
  return {
    title: `${figure} by ${columnLabel(by)} and ${columnLabel(across)}`,
    legend: [],
    hasShapes: false,
    notes,
    themeNote: ({ name }) =>
      `${name === "dark" ? "Lighter" : "Darker"} is ${statistic === "count" ? "more" : "a larger figure"}; hatched is no result.`,
    isEmpty: cells.length === 0,
    table: () => ({
      header: [...facetHeader(facet), columnLabel(by), columnLabel(across), figure],
      rows: all.map((group) => ({
        cells: [...facetCells(facet, group.facet), group.category, group.label, figureOf(group)],
        rows: group.rows,
      })),
    }),
    options: (width, theme) => {
      const options = axis.options(width, 0.04);
      const { marginLeft } = options;
      const place = { x: "label", y: "place" };
      const isRoomy = (width - marginLeft) / Math.max(1, labels.length) > 46;
      const scale = (value: number) => (isLog ? Math.log(value) : value);
      const [low, high] = [scale(shades[0] ?? 0), scale(shades.at(-1) ?? 1)];
      const depth = (value: number) => (high === low ? 0.5 : (scale(value) - low) / (high - low));
      return {
        ...options,
        height: 130 + axis.heightPx(26),
        marginTop: 100,
        marginRight: 56,
        x: { type: "band", domain: labels, axis: "top", label: null, tickRotate: -35, padding: 0.04 },
        color: { type: "identity" },
        marks: [
          hatching(theme),
          Plot.cell(empty, { ...place, fill: hatchPaint(theme) }),
          Plot.cell(cells, { ...place, fill: ({ value }: Cell) => shade(depth(value), theme) }),
          ...(isRoomy
            ? [
                Plot.text(cells, {
                  ...place,
                  text: ({ value }: Cell) => numberText(value),
                  fill: ({ value }: Cell) => inkOn(depth(value), theme),
                  fontSize: 11,
                }),
              ]
            : []),
          axis.headings(theme, marginLeft),
          pointed(cells, theme, {
            ...place,
            title: (cell: Cell) =>
              [
                ...[cell.facet, cell.category, cell.label],
                ...[`${figure}: ${numberText(cell.value)}`, resultCount(cell.rows.length)],
              ]
                .filter((line) => line !== "")
                .join("\n"),
          }),
        ],
      };
    },
  };
}

/** From near the paper to far from it; lightness alone tells, so that every eye sees it. */
function shade(depth: number, { name }: Theme): string {
  const [from, to] =
    name === "dark"
      ? ([
          [24, 46, 66],
          [168, 216, 255],
        ] as const)
      : ([
          [222, 235, 247],
          [8, 64, 129],
        ] as const);
  const mix = (channel: 0 | 1 | 2) => Math.round(from[channel] + (to[channel] - from[channel]) * depth);
  return `rgb(${mix(0)}, ${mix(1)}, ${mix(2)})`;
}

/** What can be read on a shade. */
function inkOn(depth: number, { name }: Theme): string {
  const isFar = depth > 0.47;
  return isFar === (name === "dark") ? "#12161b" : "#ffffff";
}
