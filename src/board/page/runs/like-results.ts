import * as Plot from "@observablehq/plot";
import type { RunRecord } from "../../../results/record.ts";
import type { Chart } from "../charts/chart.ts";
import { pointed } from "../charts/pointed.ts";
import { seriesColor, seriesOf, seriesShape } from "../charts/series.ts";
import { compareValues, distinctValues } from "../data/group-rows.ts";
import { numberAt } from "../data/measures.ts";
import type { Table } from "../data/table.ts";
import { type Filter, filterRows, unknownKey } from "../filters/filter.ts";
import { compactText, numberText, valueText } from "../wording.ts";
import { runLabel, scenarioOfRun } from "./own-run.ts";

/** Columns that the comparison with published results reads. */
export const likeColumns = [
  ...["origin", "division", "duplicate_of", "scenario", "benchmark_family", "model", "round"],
  ...["accelerator", "accelerators_total", "tokens_per_second", "system_name", "submitter"],
];

/** Published results of the closed division in a scenario, each once. */
export function publishedRows(table: Table, scenario: string): number[] {
  const filters: Filter[] = [
    { column: "origin", values: ["official"] },
    { column: "division", values: ["closed"] },
    { column: "duplicate_of", values: [unknownKey] },
    { column: "scenario", values: [scenario] },
  ];
  return filterRows(table, filters).filter((row) => numberAt(table, "tokens_per_second", row) !== null);
}

/** Models of benchmarks among rows. */
export function familiesOf(table: Table, rows: readonly number[]): string[] {
  return distinctValues(table, "benchmark_family", rows).flatMap((value) =>
    value === null ? [] : [String(value)],
  );
}

/** The model of the benchmarks that a run's is one of, by its name; null where none is like it. */
export function familyOfRun(table: Table, rows: readonly number[], record: RunRecord): string | null {
  const told = [record.submission?.benchmark, record.config.benchmark, record.model.name]
    .filter((name) => typeof name === "string")
    .map(bare);
  let longest: { family: string; length: number } | null = null;
  for (const row of rows) {
    const family = String(table.column("benchmark_family").values[row] ?? "");
    for (const name of [family, String(table.column("model").values[row] ?? "")]) {
      const length = bare(name).length;
      if (length === 0 || length <= (longest?.length ?? 0)) continue;
      if (told.some((each) => each.includes(bare(name)))) longest = { family, length };
    }
  }
  return longest?.family ?? null;
}

/** Letters and digits of a name, without its owner: meta-llama/Llama-2-70b-chat-hf is llama270bchathf. */
function bare(name: string): string {
  return (name.split("/").at(-1) ?? "").toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** Published results by their number of accelerators, with lines at the throughput of the runs. */
export function likeChart(
  table: Table,
  rows: readonly number[],
  records: readonly RunRecord[],
  subject: string,
): Chart {
  const series = seriesOf(table, "accelerator", rows);
  const points = rows.flatMap((row) => {
    const accelerators = numberAt(table, "accelerators_total", row);
    const tokens = numberAt(table, "tokens_per_second", row);
    return accelerators === null || tokens === null
      ? []
      : [{ row, accelerators, tokens, series: series.indexOf(row), rows: [row] }];
  });
  type Point = (typeof points)[number];
  const words = (name: string, row: number) => valueText(table.column(name).values[row] ?? null, name);
  const own = records.flatMap((record) => {
    const tokens = record.metrics.tokensPerSecond;
    return tokens === null || tokens <= 0 ? [] : [{ label: runLabel(record), tokens }];
  });
  return {
    title: `Runs of one's own beside published results: ${subject}`,
    legend: series.legend,
    hasShapes: true,
    notes: [
      "Lines are the runs, which are not verified by MLCommons; points are results that MLCommons published.",
      "Lengths of prompts and answers of a run may differ from the benchmark's.",
    ],
    isEmpty: points.length === 0,
    table: () => ({
      header: ["system", "submitter", "round", "accelerators", "output tokens/s"],
      rows: [
        ...own.map(({ label, tokens }) => ({ cells: [label, "own run", null, null, tokens], rows: [] })),
        ...points.map(({ row, accelerators, tokens, rows: behind }) => ({
          cells: [
            words("system_name", row),
            words("submitter", row),
            words("round", row),
            accelerators,
            tokens,
          ],
          rows: behind,
        })),
      ],
    }),
    options: (width, theme) => ({
      height: 380,
      marginLeft: 60,
      marginRight: 24,
      inset: 7,
      marginBottom: 40,
      x: {
        type: "log",
        base: 2,
        label: "accelerators",
        tickFormat: (count: number) => compactText(count),
        ticks: width < 500 ? 4 : 8,
      },
      y: {
        type: "log",
        label: "output tokens/s, whole system",
        grid: true,
        tickFormat: compactText,
        ticks: 5,
      },
      color: { type: "identity" },
      symbol: { type: "identity" },
      marks: [
        Plot.ruleY(own, { y: "tokens", stroke: theme.ink, strokeWidth: 1.5, strokeDasharray: "6 3" }),
        // Runs of one sweep lie close together: names in turn at both ends stay legible.
        ...(["left", "right"] as const).map((side, place) =>
          Plot.text(
            own.filter((_, index) => index % 2 === place),
            {
              ...{
                y: "tokens",
                text: "label",
                frameAnchor: side,
                textAnchor: side === "left" ? "start" : "end",
              },
              ...{ dx: side === "left" ? 10 : -10, dy: -8, fontSize: 11 },
              ...(width < 500 ? { lineWidth: 13, textOverflow: "ellipsis" } : {}),
            },
          ),
        ),
        Plot.dot(points, {
          x: "accelerators",
          y: "tokens",
          r: 4.5,
          fill: ({ series: index }: Point) => seriesColor(theme, index),
          fillOpacity: 0.75,
          symbol: ({ series: index }: Point) => seriesShape(index),
        }),
        pointed(points, theme, {
          x: "accelerators",
          y: "tokens",
          title: ({ row, tokens }: Point) =>
            `${words("system_name", row)}\n${words("submitter", row)}, ${words("round", row)}\n${numberText(tokens)} tokens/s`,
        }),
      ],
    }),
  };
}

/** The latest rounds first. */
export function roundsOf(table: Table, rows: readonly number[]): string[] {
  return distinctValues(table, "round", rows)
    .filter((value) => value !== null)
    .sort(compareValues)
    .reverse()
    .map(String);
}

/** What a run is compared by: its scenario, which no comparison leaves. */
export function comparedScenario(records: readonly RunRecord[]): string {
  const [first] = records;
  return first === undefined ? "" : scenarioOfRun(first);
}
