import * as Plot from "@observablehq/plot";
import type { Chart, Datum } from "../charts/chart.ts";
import { pointed } from "../charts/pointed.ts";
import { seriesColor, seriesOf } from "../charts/series.ts";
import { distinctValues, groupRows } from "../data/group-rows.ts";
import type { Table } from "../data/table.ts";
import { resultCount, valueText } from "../wording.ts";

interface Part extends Datum {
  round: string;
  from: number;
  to: number;
  series: number;
  label: string;
}

/** How many results each round holds, by model. */
export function contentsChart(table: Table, rows: readonly number[]): Chart {
  const series = seriesOf(table, "benchmark_family", rows);
  const rounds = distinctValues(table, "round", rows).map((round) => valueText(round, "round"));
  const parts: Part[] = [];
  for (const [round, ofRound] of groupRows(table, "round", rows)) {
    let from = 0;
    for (const { label, index } of series.legend) {
      const group = ofRound.filter((row) => series.indexOf(row) === index);
      if (group.length === 0) continue;
      parts.push({
        round: valueText(round, "round"),
        from,
        to: from + group.length,
        series: index,
        label,
        rows: group,
      });
      from += group.length;
    }
  }
  return {
    title: "Results by round and model",
    legend: series.legend,
    hasShapes: false,
    notes: [],
    isEmpty: parts.length === 0,
    table: () => ({
      header: ["round", "model", "number of results"],
      rows: parts.map((part) => ({ cells: [part.round, part.label, part.rows.length], rows: part.rows })),
    }),
    options: (width, theme) => ({
      height: 40 + rounds.length * 34,
      marginLeft: width < 500 ? 76 : 90,
      x: { label: "results", grid: true },
      y: { type: "band", domain: rounds, label: null },
      color: { type: "identity" },
      marks: [
        Plot.barX(parts, {
          x1: "from",
          x2: "to",
          y: "round",
          fill: ({ series: index }: Part) => seriesColor(theme, index),
          stroke: theme.paper,
        }),
        pointed(parts, theme, {
          x1: "from",
          x2: "to",
          y: "round",
          title: (part: Part) => `${part.label}\nround ${part.round}\n${resultCount(part.rows.length)}`,
        }),
      ],
    }),
  };
}
