import type { Comparison } from "../campaign/comparison.ts";
import { formatNumber, formatShare, formatTime, notMeasured } from "../results/quantities.ts";
import type { Distribution, RunRecord } from "../results/record.ts";
import { factsTable } from "./blocks.ts";
import type { Chart } from "./chart.ts";
import { comparisonFindings } from "./comparison-findings.ts";
import { type Html, html } from "./html.ts";
import { type OperatingPoint, pointOfRecord, tokensPerSecondPerUser } from "./operating-point.ts";
import { ChartPlaces, pageFile } from "./page-file.ts";
import { paretoCharts } from "./pareto-charts.ts";
import { percentileAxis, percentileDepth } from "./percentile-axis.ts";
import { millisecondsForChart } from "./rounding.ts";
import { runCommand } from "./run-command.ts";

/** A run beside others. */
export interface ComparedRun {
  /** Short and different from the others'. */
  name: string;
  folder: string;
  record: RunRecord;
}

/** The page of several runs side by side; of a comparison of endpoints with what it came to. */
export function comparisonPage(runs: readonly ComparedRun[], comparison: Comparison | null = null): string {
  const places = new ChartPlaces();
  const points = runs.map(({ name, record }) => pointOfRecord(name, record));
  const title =
    comparison === null
      ? `${formatNumber(runs.length)} runs side by side`
      : `${formatNumber(comparison.sides.length)} endpoints compared by ${formatNumber(runs.length)} runs`;
  const body = html`<header><h1>${title}</h1></header>
${comparison === null ? null : comparisonFindings(comparison)}
<div class="scroll">${pointTable(points)}</div>
${places.section("Throughput against latency", paretoCharts(points))}
${places.section(
  "Latency",
  [
    distributionChart("TTFT", runs, ({ metrics }) => metrics.ttftNs),
    distributionChart("TPOT", runs, ({ metrics }) => metrics.tpotNs),
    distributionChart("Latency", runs, ({ metrics }) => metrics.latencyNs),
  ].filter((chart) => chart !== null),
)}
<h2>What differs in their configuration</h2>
${differences(runs)}
<h2>Run them again</h2>
${runs.map(
  ({ name, record }, index) => html`<h3>${name}</h3>
<div class="command"><pre id="again-${index}">${runCommand(record.config)}</pre><button type="button" data-copy="again-${index}">Copy</button></div>`,
)}
<footer><p>MLPerf is a trademark of MLCommons; these results are not verified by MLCommons.</p><p>Charts are drawn by uPlot (MIT).</p></footer>`;
  return pageFile({ title: `${title} · FlexBench`, body, charts: places.charts });
}

/** One row for each point. */
export function pointTable(points: readonly OperatingPoint[]): Html {
  const time = (ns: number | null) => (ns === null ? notMeasured : formatTime(ns));
  const share = (value: number | null) => (value === null ? notMeasured : formatShare(value));
  const titles = [
    "run",
    "verdict",
    "load",
    "samples/s",
    "tokens/s",
    "tokens/s a user",
    "TTFT p50",
    "TTFT p99",
    "TPOT p50",
    "TPOT p99",
    "goodput",
  ];
  return html`<table class="figures"><thead><tr>${titles.map((title) => html`<th scope="col">${title}</th>`)}</tr></thead><tbody>${points.map(
    (point) =>
      html`<tr><th scope="row">${point.name}</th><td><span class="word ${point.state}">${point.state.toUpperCase()}</span></td>${[
        formatNumber(point.load),
        formatNumber(point.samplesPerSecond),
        formatNumber(point.tokensPerSecond),
        formatNumber(tokensPerSecondPerUser(point)),
        time(point.ttftP50Ns),
        time(point.ttftP99Ns),
        time(point.tpotP50Ns),
        time(point.tpotP99Ns),
        share(point.goodputShare),
      ].map((text) => html`<td>${text}</td>`)}</tr>`,
  )}</tbody></table>`;
}

const recordedPercentiles = [
  { key: "min", fraction: 0 },
  { key: "p50", fraction: 0.5 },
  { key: "p90", fraction: 0.9 },
  { key: "p95", fraction: 0.95 },
  { key: "p97", fraction: 0.97 },
  { key: "p99", fraction: 0.99 },
  { key: "p999", fraction: 0.999 },
] as const;

function distributionChart(
  name: string,
  runs: readonly ComparedRun[],
  distributionOf: (record: RunRecord) => Distribution | null,
): Chart | null {
  const measured = runs.flatMap((run) => {
    const distribution = distributionOf(run.record);
    return distribution === null ? [] : [{ name: run.name, distribution }];
  });
  if (measured.length === 0) return null;
  return {
    title: `${name} percentiles`,
    note: "From the percentiles that each record holds.",
    x: percentileAxis(3),
    y: { label: `${name}, ms`, scale: "log" },
    xValues: recordedPercentiles.map(({ fraction }) => Number(percentileDepth(fraction).toFixed(4)) + 0),
    series: measured.map(({ name: run, distribution }) => ({
      name: run,
      style: "line",
      values: recordedPercentiles.map(({ key }) => millisecondsForChart(Math.max(1, distribution[key]))),
    })),
    marks: [],
    cursorGroup: null,
  };
}

function differences(runs: readonly ComparedRun[]): Html {
  const keys = [...new Set(runs.flatMap(({ record }) => Object.keys(record.config)))];
  const texts = (key: string) => runs.map(({ record }) => JSON.stringify(record.config[key] ?? null));
  const different = keys.filter((key) => key !== "output" && new Set(texts(key)).size > 1);
  if (different.length === 0) return html`<p>Nothing: they were asked for the same.</p>`;
  return factsTable(
    different.map((key) => [
      key,
      texts(key)
        .map((text, index) => `${runs[index]?.name}: ${text}`)
        .join(" · "),
    ]),
  );
}
