import * as Plot from "@observablehq/plot";
import type { Configuration } from "../../../predict/choose.ts";
import { categoryMargin } from "../charts/category-groups.ts";
import type { Chart } from "../charts/chart.ts";
import { pointed } from "../charts/pointed.ts";
import { seriesColor, seriesShape } from "../charts/series.ts";
import { fitted } from "../charts/text-width.ts";
import { dollars } from "../prices/dollars.ts";
import { compactText, numberText } from "../wording.ts";
import { installationText } from "./decision.ts";

/** What is worth a look stands at the head of the ranking; dear ones would squeeze it. */
const mostDrawn = 15;

/** Throughput of the cheapest configurations with its interval, and what each costs a year; the line is the need. */
export function choiceChart(configurations: readonly Configuration[], neededTokensPerSecond: number): Chart {
  const dataTypes = [...new Set(configurations.map(({ dataType }) => dataType))].sort();
  const lines = configurations.map((one, place) => ({
    ...{ one, place: String(place + 1), tokens: one.tokensPerSecond, low: one.low, high: one.high },
    perYear: one.cost.state === "priced" ? one.cost.perYear : null,
    label: `${place + 1}. ${one.accelerator} ${one.dataType}, ${one.nodes === 1 ? "1 node" : `${numberText(one.nodes)} nodes`} of ${one.acceleratorsPerNode}`,
    ...{ series: dataTypes.indexOf(one.dataType), rows: [] },
  }));
  type Line = (typeof lines)[number];
  const shown = lines.slice(0, mostDrawn);
  const labels = new Map(shown.map(({ place, label }) => [place, label]));
  const present = new Set(shown.map(({ series }) => series));
  const perYearText = ({ perYear }: Line) => (perYear === null ? "no price" : dollars(perYear));
  return {
    title: "Tokens/s of the cheapest, and $ a year",
    legend: dataTypes.map((label, index) => ({ label, index })).filter(({ index }) => present.has(index)),
    hasShapes: true,
    notes: [
      "Bars are 80 % intervals, the dashed line is the need; the cost of a year stands at the right.",
      ...(lines.length > shown.length
        ? [`Of ${lines.length} the first ${mostDrawn} of the ranking are drawn; the table has all.`]
        : []),
    ],
    isEmpty: lines.length === 0,
    table: () => ({
      header: ["system", "tokens/s", "low", "high", "$ a year"],
      rows: lines.map(({ one, tokens, low, high, perYear }) => ({
        cells: [installationText(one), tokens, low, high, perYear],
        rows: [],
      })),
    }),
    options: (width, theme) => {
      const color = ({ series }: Line) => seriesColor(theme, series);
      const marginLeft = categoryMargin([...labels.values()], width);
      return {
        ...{ height: 64 + shown.length * 24, marginLeft, marginTop: 44, marginRight: 92 },
        x: {
          ...{ zero: true, nice: true, grid: true, axis: "top", label: "output tokens/s", labelOffset: 38 },
          tickFormat: compactText,
          ...(width < 500 ? { ticks: 3 } : {}),
        },
        y: {
          ...{ type: "band", domain: [...labels.keys()], label: null, tickSize: 0, padding: 0.35 },
          tickFormat: (place: string) => fitted(labels.get(place) ?? "", marginLeft - 12),
        },
        color: { type: "identity" },
        symbol: { type: "identity" },
        marks: [
          Plot.ruleX([neededTokensPerSecond], { stroke: theme.softInk, strokeDasharray: "4 3" }),
          Plot.barX(shown, { x1: "low", x2: "high", y: "place", fill: color, fillOpacity: 0.35 }),
          Plot.dot(shown, {
            ...{ x: "tokens", y: "place", r: 5, fill: color },
            symbol: ({ series }: Line) => seriesShape(series),
          }),
          Plot.text(shown, {
            ...{ y: "place", text: perYearText, frameAnchor: "right", textAnchor: "start", dx: 8 },
            fontSize: 11,
          }),
          pointed(shown, theme, {
            ...{ x: "tokens", y: "place" },
            title: (line: Line) =>
              [
                installationText(line.one),
                `${perYearText(line)}${line.perYear === null ? "" : " a year"}`,
                `${numberText(Math.round(line.tokens))} tokens/s`,
                `80 % between ${numberText(Math.round(line.low))} and ${numberText(Math.round(line.high))}`,
              ].join("\n"),
          }),
        ],
      };
    },
  };
}
