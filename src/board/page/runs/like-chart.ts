import * as Plot from "@observablehq/plot";
import type { RunRecord } from "../../../results/record.ts";
import { categoryMargin } from "../charts/category-groups.ts";
import type { Chart, Datum } from "../charts/chart.ts";
import { pointed } from "../charts/pointed.ts";
import { seriesColor } from "../charts/series.ts";
import { fitted } from "../charts/text-width.ts";
import { numberAt } from "../data/measures.ts";
import type { Table } from "../data/table.ts";
import { compactText, numberText, valueText } from "../wording.ts";
import type { RunChips } from "./chip-of-run.ts";
import type { LikeResults } from "./like-results.ts";
import { runLabel } from "./own-run.ts";

/** A run beside published results, with the accelerators that it tells of. */
export interface BesideRun {
  record: RunRecord;
  chips: RunChips;
}

interface Line extends Datum {
  place: string;
  label: string;
  submitter: string;
  round: string | null;
  accelerators: number | null;
  value: number;
  series: number;
}

const kinds = ["own runs, not verified by MLCommons", "published by MLCommons"];

/** Bars of the runs and, below them, of published results like them; of each accelerator where all runs tell how many. */
export function likeChart(
  table: Table,
  like: LikeResults,
  runs: readonly BesideRun[],
  subject: string,
): Chart {
  const isEach = runs.every(({ chips }) => chips.count !== null);
  const words = (name: string, row: number) => valueText(table.column(name).values[row] ?? null, name);
  const own = runs.flatMap(({ record, chips }): Line[] => {
    const tokens = record.metrics.tokensPerSecond;
    if (tokens === null || tokens <= 0) return [];
    const told = chips.accelerator === null ? "" : `${chips.count ?? "?"} × ${chips.accelerator}, `;
    return [
      {
        ...{
          place: `run ${record.id}`,
          label: `${told}${runLabel(record)}`,
          submitter: "own run",
          round: null,
        },
        ...{
          accelerators: chips.count,
          value: tokens / (isEach ? (chips.count ?? 1) : 1),
          series: 0,
          rows: [],
        },
      },
    ];
  });
  const published = like.rows.flatMap((row): Line[] => {
    const value = numberAt(table, isEach ? "tokens_per_second_per_accelerator" : "tokens_per_second", row);
    if (value === null) return [];
    const accelerators = numberAt(table, "accelerators_total", row);
    return [
      {
        ...{ place: `row ${row}`, submitter: words("submitter", row), round: words("round", row) },
        label: `${accelerators ?? "?"} × ${words("accelerator", row)}, ${words("submitter", row)}, ${words("system_name", row)}`,
        ...{ accelerators, value, series: 1, rows: [row] },
      },
    ];
  });
  const lines = [...own, ...published];
  const labels = new Map(lines.map(({ place, label }) => [place, label]));
  const figure = isEach ? "output tokens/s per accelerator" : "output tokens/s, whole system";
  return {
    title: `Runs of one's own beside published results: ${subject}`,
    legend: kinds.map((label, index) => ({ label, index })),
    hasShapes: false,
    notes: [like.words, "Lengths of prompts and answers of a run may differ from the benchmark's."],
    isEmpty: lines.length === 0,
    table: () => ({
      header: ["system", "submitter", "round", "accelerators", figure],
      rows: lines.map(({ label, submitter, round, accelerators, value, rows }) => ({
        cells: [label, submitter, round, accelerators, value],
        rows,
      })),
    }),
    options: (width, theme) => {
      const marginLeft = categoryMargin([...labels.values()], width);
      return {
        ...{ height: 64 + lines.length * 24, marginLeft, marginTop: 44, marginRight: 56 },
        x: {
          ...{ grid: true, axis: "top", label: figure, labelOffset: 38, tickFormat: compactText },
          ...(width < 500 ? { ticks: 4 } : {}),
        },
        y: {
          ...{ type: "band", domain: [...labels.keys()], label: null, padding: 0.2, tickSize: 0 },
          tickFormat: (place: string) => fitted(labels.get(place) ?? "", marginLeft - 12),
        },
        color: { type: "identity" },
        marks: [
          Plot.ruleX([0], { stroke: theme.softInk }),
          Plot.barX(lines, {
            ...{ x: "value", y: "place" },
            fill: ({ series }: Line) => seriesColor(theme, series),
          }),
          Plot.text(lines, {
            ...{ x: "value", y: "place", textAnchor: "start", dx: 4, fontSize: 11 },
            text: ({ value }: Line) => numberText(value),
          }),
          pointed(lines, theme, {
            ...{ x: "value", y: "place" },
            title: ({ label, round, value }: Line) =>
              [
                label,
                round === null ? "not verified by MLCommons" : round,
                `${numberText(value)} ${figure}`,
              ].join("\n"),
          }),
        ],
      };
    },
  };
}
