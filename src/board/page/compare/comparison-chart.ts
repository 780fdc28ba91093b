import * as Plot from "@observablehq/plot";
import { categoryMargin } from "../charts/category-groups.ts";
import type { Chart, Datum } from "../charts/chart.ts";
import { pointed } from "../charts/pointed.ts";
import { seriesColor, seriesShape } from "../charts/series.ts";
import { fitted } from "../charts/text-width.ts";
import { columnTitle, numberText } from "../wording.ts";
import type { ComparedLine } from "./compared-results.ts";
import type { ComparedSystem } from "./compared-systems.ts";

interface RatioPoint extends Datum {
  kind: string;
  system: string;
  series: number;
  ratio: number;
  value: number;
}

/** How many times as good as the first system each one is, in each benchmark and scenario. */
export function comparisonChart(
  systems: readonly ComparedSystem[],
  lines: readonly ComparedLine[],
  measure: string,
): Chart {
  const kindOf = (line: ComparedLine) => `${line.benchmark}, ${line.scenario}`;
  const all = lines.flatMap((line) =>
    line.results.flatMap((result, series): RatioPoint[] => {
      const system = systems[series]?.label ?? "";
      if (result === null || result.ratio === null) return [];
      const { ratio, value, rows } = result;
      return [{ kind: kindOf(line), system, series, ratio, value, rows }];
    }),
  );
  const kinds = lines.map(kindOf).filter((kind) => all.filter((point) => point.kind === kind).length > 1);
  const points = all.filter(({ kind }) => kinds.includes(kind));
  const withoutBase = lines.length - kinds.length;
  return {
    title: `${columnTitle(measure)} in relation to ${systems[0]?.label ?? ""}`,
    legend: systems.map(({ label }, index) => ({ label, index })),
    hasShapes: true,
    notes:
      withoutBase === 0
        ? []
        : [
            `${withoutBase === 1 ? "One line is" : `${withoutBase} lines are`} not drawn: the first system or all others have no result there.`,
          ],
    isEmpty: points.length === 0,
    table: () => ({
      header: ["benchmark and scenario", "system", columnTitle(measure), "times the first"],
      rows: points.map(({ kind, system, value, ratio, rows }) => ({
        cells: [kind, system, value, ratio],
        rows,
      })),
    }),
    options: (width, theme) => {
      const marginLeft = categoryMargin(kinds, width);
      return {
        height: 64 + kinds.length * 30,
        marginLeft,
        marginTop: 44,
        marginRight: 30,
        x: {
          label: "times as good as the first",
          axis: "top",
          grid: true,
          labelOffset: 38,
          zero: true,
          nice: true,
        },
        y: {
          type: "point",
          domain: kinds,
          label: null,
          grid: true,
          padding: 0.6,
          tickSize: 0,
          tickFormat: (kind: string) => fitted(kind, marginLeft - 12),
        },
        color: { type: "identity" },
        symbol: { type: "identity" },
        marks: [
          Plot.ruleX([1], { stroke: theme.softInk, strokeDasharray: "4 3" }),
          Plot.dot(points, {
            x: "ratio",
            y: "kind",
            r: 6,
            fill: ({ series }: RatioPoint) => seriesColor(theme, series),
            symbol: ({ series }: RatioPoint) => seriesShape(series),
          }),
          pointed(points, theme, {
            x: "ratio",
            y: "kind",
            title: ({ kind, system, value, ratio }: RatioPoint) =>
              `${system}\n${kind}\n${columnTitle(measure)}: ${numberText(value)}\n${numberText(ratio)} times the first`,
          }),
        ],
      };
    },
  };
}
