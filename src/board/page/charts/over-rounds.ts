import * as Plot from "@observablehq/plot";
import { distinctValues, groupRows } from "../data/group-rows.ts";
import { numberAt, type Statistic, summarise } from "../data/measures.ts";
import type { Table } from "../data/table.ts";
import { columnLabel, columnTitle, compactText, numberText, resultCount, shownUnit } from "../wording.ts";
import type { Chart, Datum } from "./chart.ts";
import { facetCells, facetChannel, facetHeader, facetOf, facetOptions } from "./facets.ts";
import { pointed } from "./pointed.ts";
import { seriesColor, seriesOf, seriesShape } from "./series.ts";
import { statisticWord } from "./statistic-word.ts";

interface RoundPoint extends Datum {
  round: string;
  value: number;
  series: number;
  label: string;
  facet: string;
}

/** One line for each series: a figure of every round. Rows without a round are left out and counted. */
export function overRounds(
  table: Table,
  allRows: readonly number[],
  choice: {
    measure: string;
    colour: string | null;
    facet: string | null;
    statistic: Statistic;
    isLog: boolean;
    title: string;
  },
): Chart {
  const { measure, statistic } = choice;
  const { factor } = shownUnit(measure);
  const roundValues = table.column("round").values;
  const shown = allRows.filter((row) => roundValues[row] !== null && numberAt(table, measure, row) !== null);
  const facet = facetOf(table, choice.facet, shown);
  const rows = shown.filter((row) => facet.holds(row));
  const rounds = distinctValues(table, "round", rows);
  const series = seriesOf(table, choice.colour, rows);
  const points: RoundPoint[] = [];
  for (const [round, ofRound] of groupRows(table, "round", rows)) {
    const groups = new Map<string, number[]>();
    for (const row of ofRound) {
      const key = `${facet.labelOf(row)}\n${series.indexOf(row)}`;
      groups.set(key, [...(groups.get(key) ?? []), row]);
    }
    for (const group of groups.values()) {
      const value = summarise(table, measure, group, statistic);
      const [first = 0] = group;
      if (value === null) continue;
      points.push({
        round: String(round),
        value: value * (statistic === "count" ? 1 : factor),
        series: series.indexOf(first),
        label: series.labelOf(first),
        facet: facet.labelOf(first),
        rows: group,
      });
    }
  }
  points.sort((a, b) => a.series - b.series || rounds.indexOf(a.round) - rounds.indexOf(b.round));
  const valueTitle = statistic === "count" ? "results" : columnTitle(measure);
  const isLog = choice.isLog && points.every(({ value }) => value > 0);
  const withoutRound = allRows.length - allRows.filter((row) => roundValues[row] !== null).length;
  return {
    title: choice.title,
    legend: series.legend,
    hasShapes: true,
    notes: [
      ...facet.notes,
      ...(withoutRound === 0 ? [] : [`${numberText(withoutRound)} results without a round are not shown.`]),
    ],
    isEmpty: points.length === 0,
    table: () => ({
      header: [
        ...facetHeader(facet),
        "round",
        ...(choice.colour === null ? [] : [columnLabel(choice.colour)]),
        valueTitle,
      ],
      rows: points.map(({ facet: part, round, label, value, rows: behind }) => ({
        cells: [...facetCells(facet, part), round, ...(choice.colour === null ? [] : [label]), value],
        rows: behind,
      })),
    }),
    options: (width, theme) => ({
      ...facetOptions(facet, width, 300),
      marginLeft: 56,
      marginBottom: 44,
      // A mark at the edge would be cut.
      inset: 8,
      x: { type: "point", domain: rounds.map(String), label: "round", labelOffset: 38 },
      y: {
        type: isLog ? "log" : "linear",
        grid: true,
        label: valueTitle,
        tickFormat: compactText,
        zero: !isLog,
        ...(isLog && facet.name !== null ? { ticks: 5 } : {}),
      },
      color: { type: "identity" },
      symbol: { type: "identity" },
      marks: [
        Plot.ruleY(isLog ? [] : [0], { stroke: theme.grid }),
        Plot.line(points, {
          x: "round",
          y: "value",
          z: "series",
          ...facetChannel(facet),
          stroke: ({ series: index }: RoundPoint) => seriesColor(theme, index),
          strokeWidth: 2,
        }),
        Plot.dot(points, {
          x: "round",
          y: "value",
          ...facetChannel(facet),
          r: 5,
          fill: ({ series: index }: RoundPoint) => seriesColor(theme, index),
          symbol: ({ series: index }: RoundPoint) => seriesShape(index),
        }),
        pointed(points, theme, {
          x: "round",
          y: "value",
          ...facetChannel(facet),
          title: ({ label, round, value, rows: behind }: RoundPoint) =>
            [
              label,
              `round ${round}`,
              `${statisticWord(statistic, table, measure)}: ${numberText(value)}`,
              resultCount(behind.length),
            ]
              .filter((line) => line !== "")
              .join("\n"),
        }),
      ],
    }),
  };
}
