import * as Plot from "@observablehq/plot";
import type { Configuration } from "../../../predict/choose.ts";
import type { Chart } from "../charts/chart.ts";
import { pointed } from "../charts/pointed.ts";
import { seriesColor, seriesShape } from "../charts/series.ts";
import { dollars } from "../prices/dollars.ts";
import { compactText, numberText } from "../wording.ts";
import { installationText } from "./decision.ts";

/** Cost of a year against throughput with its interval; the line is the need. */
export function choiceChart(configurations: readonly Configuration[], neededTokensPerSecond: number): Chart {
  const dataTypes = [...new Set(configurations.map(({ dataType }) => dataType))].sort();
  const points = configurations.flatMap((one) =>
    one.cost.state === "priced"
      ? [{ ...one, perYear: one.cost.perYear, series: dataTypes.indexOf(one.dataType), rows: [] }]
      : [],
  );
  type Point = (typeof points)[number];
  const cheapest = [...new Set(points.map(({ accelerator }) => accelerator))].slice(0, 3);
  const named = cheapest.flatMap((name) => points.find(({ accelerator }) => accelerator === name) ?? []);
  const unpriced = configurations.length - points.length;
  return {
    title: "Cost of a year against tokens/s",
    legend: dataTypes.map((label, index) => ({ label, index })),
    hasShapes: true,
    notes: [
      "The bars are 80 % intervals; the dashed line is the need.",
      ...(unpriced > 0 ? [`${unpriced} without a price are not drawn.`] : []),
    ],
    isEmpty: points.length === 0,
    table: () => ({
      header: ["system", "tokens/s", "low", "high", "$ a year"],
      rows: points.map((point) => ({
        cells: [installationText(point), point.tokensPerSecond, point.low, point.high, point.perYear],
        rows: [],
      })),
    }),
    options: (width, theme) => {
      const color = ({ series }: Point) => seriesColor(theme, series);
      return {
        height: 380,
        marginLeft: 60,
        marginRight: 60,
        inset: 10,
        marginBottom: 40,
        x: {
          label: "$ a year",
          type: "log",
          grid: true,
          tickFormat: compactText,
          ticks: width < 500 ? 3 : 6,
        },
        y: { label: "output tokens/s", type: "log", grid: true, tickFormat: compactText, ticks: 5 },
        color: { type: "identity" },
        symbol: { type: "identity" },
        marks: [
          Plot.ruleY([neededTokensPerSecond], { stroke: theme.softInk, strokeDasharray: "4 3" }),
          Plot.ruleX(points, {
            x: "perYear",
            y1: "low",
            y2: "high",
            stroke: color,
            strokeWidth: 2,
            strokeOpacity: 0.5,
          }),
          Plot.dot(points, {
            x: "perYear",
            y: "tokensPerSecond",
            r: 5,
            fill: color,
            symbol: ({ series }: Point) => seriesShape(series),
          }),
          Plot.text(width < 600 ? [] : named, {
            x: "perYear",
            y: "tokensPerSecond",
            text: "accelerator",
            textAnchor: "start",
            dx: 9,
            fontSize: 11,
          }),
          pointed(points, theme, {
            x: "perYear",
            y: "tokensPerSecond",
            title: (point: Point) =>
              `${installationText(point)}\n${dollars(point.perYear)} a year\n${numberText(Math.round(point.tokensPerSecond))} tokens/s\n80 % between ${numberText(Math.round(point.low))} and ${numberText(Math.round(point.high))}`,
          }),
        ],
      };
    },
  };
}
