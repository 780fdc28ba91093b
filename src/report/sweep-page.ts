import type { Mean } from "../campaign/confidence.ts";
import type { PointFigures, SweepPoint, SweepRecord } from "../campaign/sweep-record.ts";
import { formatNumber } from "../results/quantities.ts";
import { configurationFacts, factsTable } from "./blocks.ts";
import type { Chart, ChartMark, ChartSeries } from "./chart.ts";
import { pointTable } from "./comparison-page.ts";
import { type Html, html } from "./html.ts";
import { pointOfSweepRun } from "./operating-point.ts";
import { ChartPlaces, pageFile } from "./page-file.ts";
import { paretoCharts } from "./pareto-charts.ts";
import { forChart } from "./rounding.ts";

/** The page of a sweep or of a search, whole or so far. */
export function sweepPage(sweep: SweepRecord): string {
  const places = new ChartPlaces();
  const isClosedLoop = sweep.plan.kind === "concurrency";
  const points = sweep.runs
    .filter(({ role }) => role !== "probe")
    .map((run) => pointOfSweepRun(run, isClosedLoop));
  const body = html`<header>
<p class="soft">Sweep ${sweep.id} · ${sweep.state} · ${sweep.startedAt.slice(0, 19).replace("T", " ")} UTC</p>
<h1>${headline(sweep)}</h1>
</header>
${findings(sweep)}
${places.section("Throughput against latency", paretoCharts(points))}
${sweep.summary === null ? null : places.section("By load", loadCharts(sweep.summary.points, sweep, isClosedLoop))}
<h2>Runs</h2>
<div class="scroll">${pointTable(points)}</div>
<h2>Configuration</h2>
${factsTable(configurationFacts(sweep.plan.config))}
<footer><p>FlexBench ${sweep.flexbench.version}. MLPerf is a trademark of MLCommons; these results are not verified by MLCommons.</p>
<p>Charts are drawn by uPlot (MIT).</p></footer>`;
  return pageFile({ title: `${headline(sweep)} · FlexBench`, body, charts: places.charts });
}

function headline({ search, summary, plan }: SweepRecord): string {
  if (plan.kind === "find-max") {
    return search === null || search.qps === null
      ? "No rate was confirmed VALID"
      : `VALID up to ${formatNumber(search.qps)} queries/s`;
  }
  const unit = plan.kind === "qps" ? "queries/s" : "requests at once";
  const knee = summary?.knee ?? null;
  return knee === null ? `A sweep over ${unit}` : `The knee is at ${formatNumber(knee.load)} ${unit}`;
}

function findings(sweep: SweepRecord): Html {
  const { summary, search, capacity } = sweep;
  const sentences = [
    ...(capacity === null ? [] : [`Offline, the server answered ${formatNumber(capacity)} samples/s.`]),
    ...(search !== null && !search.found ? ["The search gave up before it was as sure as asked."] : []),
    ...(summary === null || summary.highestValid === null
      ? []
      : [`Every run up to a load of ${formatNumber(summary.highestValid)} was VALID.`]),
    ...(summary?.knee ? [`The knee is at ${formatNumber(summary.knee.load)}: ${summary.knee.why}.`] : []),
    ...(summary?.saturation
      ? [
          `From ${formatNumber(summary.saturation.load)} on the server is saturated; it delivered at most ${formatNumber(summary.saturation.samplesPerSecond)} samples/s.`,
        ]
      : []),
    ...costAt(sweep, search?.qps ?? summary?.highestValid ?? null),
  ];
  return html`<ul class="reasons">${sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul>`;
}

/** What the VALID runs at a load cost; nothing where no price was given. */
function costAt({ runs }: SweepRecord, load: number | null): string[] {
  const costs = runs.flatMap((run) =>
    run.load === load && run.state === "valid" && run.cost?.perMillionOutputTokens ? [run.cost] : [],
  );
  const [first] = costs;
  if (first === undefined) return [];
  const total = costs.reduce((sum, cost) => sum + (cost.perMillionOutputTokens ?? 0), 0);
  return [
    `At ${formatNumber(load)} a million output tokens cost ${formatNumber(total / costs.length)} ${first.currency}, at ${formatNumber(first.pricePerHour)} ${first.currency} an hour.`,
  ];
}

function loadCharts(
  points: readonly SweepPoint[],
  { plan, summary }: SweepRecord,
  isClosedLoop: boolean,
): Chart[] {
  if (points.length < 2) return [];
  const marks: ChartMark[] = [
    ...(summary?.knee ? [{ axis: "x" as const, at: summary.knee.load, text: "knee" }] : []),
    ...(summary?.saturation ? [{ axis: "x" as const, at: summary.saturation.load, text: "saturated" }] : []),
  ];
  const chart = (title: string, note: string, label: string, series: ChartSeries[]): Chart => ({
    title,
    note,
    x: { label: plan.kind === "concurrency" ? "requests at once" : "queries/s asked", scale: "linear" },
    y: { label, scale: "linear" },
    xValues: points.map(({ load }) => load),
    series,
    marks,
    cursorGroup: "load",
  });
  const mean = (name: string, figure: keyof PointFigures, factor: number, color = 1): ChartSeries[] => {
    const means = points.map(({ figures }) => figures[figure]);
    return means.every((value) => value === null) ? [] : withInterval(name, color, means, factor);
  };
  return [
    chart("TTFT by load", confidenceNote, "TTFT, ms", [
      ...mean("p50", isClosedLoop ? "serviceTtftP50Ns" : "ttftP50Ns", 1e-6),
      ...mean("p99", isClosedLoop ? "serviceTtftP99Ns" : "ttftP99Ns", 1e-6, 2),
    ]),
    chart("TPOT by load", confidenceNote, "TPOT, ms", [
      ...mean("p50", "tpotP50Ns", 1e-6),
      ...mean("p99", "tpotP99Ns", 1e-6, 2),
    ]),
    chart("Tokens/s by load", confidenceNote, "tokens/s", mean("tokens/s", "tokensPerSecond", 1)),
    chart("Samples/s by load", confidenceNote, "samples/s", [
      ...mean("samples/s", "samplesPerSecond", 1),
      ...mean("goodput", "goodputPerSecond", 1, 2),
    ]),
  ].filter(({ series }) => series.length > 0);
}

const confidenceNote = "Means over the repeats; with two or more also the ends of their 95 % interval.";

function withInterval(
  name: string,
  color: number,
  means: readonly (Mean | null)[],
  factor: number,
): ChartSeries[] {
  const values = (pick: (mean: Mean) => number | null) =>
    means.map((mean) => {
      const value = mean === null ? null : pick(mean);
      return value === null ? null : forChart(value * factor);
    });
  const line = { name, color, style: "line" as const, values: values(({ mean }) => mean) };
  if (means.every((mean) => mean?.interval == null)) return [line];
  return [
    line,
    { name: `${name} low`, color, style: "points", values: values(({ interval }) => interval?.low ?? null) },
    {
      name: `${name} high`,
      color,
      style: "points",
      values: values(({ interval }) => interval?.high ?? null),
    },
  ];
}
