import "uplot/dist/uPlot.min.css";
import "../../report/page/report.css";
import "./live.css";
import type { Chart, ChartSeries } from "../../report/chart.ts";
import { type DrawnChart, drawChart } from "../../report/page/draw-chart.ts";
import type { Snapshot } from "../../sut/snapshot.ts";
import type { LiveEvent } from "../live-event.ts";
import { ResourceHistory } from "./resource-history.ts";

/** What is drawn of one snapshot. */
interface LivePoint {
  seconds: number;
  ttftP50Ms: number | null;
  ttftP99Ms: number | null;
  tokensPerSecond: number;
  completedPerSecond: number;
  issuedPerSecond: number;
  inFlight: number;
  failed: number;
}

/** Rates are taken over about this much time, so that they do not flicker. */
const rateWindowSeconds = 2;
/** A canvas shows no more; of longer runs every second point is dropped. */
const mostPoints = 1200;

let points: LivePoint[] = [];
let snapshots: Snapshot[] = [];
let phase = "";
let isStale = false;

const resources = new ResourceHistory();

/** Charts by title, each with its place on the page. */
const drawn = new Map<string, { figure: HTMLElement; chart: DrawnChart }>();

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no ${id}`);
  return found;
}

function onEvent(event: LiveEvent): void {
  switch (event.kind) {
    case "phase":
      phase = event.phase;
      // The last charts stay while the results are written.
      if (phase !== "report") forget();
      element("phase").textContent = phaseTexts[event.phase];
      break;
    case "snapshot":
      onSnapshot(event.snapshot, event.durationNs);
      break;
    case "resources":
      resources.add(event.resources);
      isStale = true;
      break;
    case "server-ready":
      element("headline").textContent = `${event.name} at ${event.url}`;
      break;
    case "server-starting":
    case "note":
    case "warning":
      addNote(event.message);
      break;
    case "finished":
      element("state").textContent = event.state.toUpperCase();
      element("state").className = `verdict ${event.state}`;
      for (const reason of event.reasons) addNote(reason);
      source.close();
      void showReport();
      break;
    case "download":
      break;
  }
}

function forget(): void {
  points = [];
  snapshots = [];
  resources.clear();
}

const phaseTexts = {
  warmup: "warming up",
  performance: "performance test",
  accuracy: "accuracy test",
  report: "writing the results",
};

function addNote(text: string): void {
  const note = document.createElement("li");
  note.textContent = text;
  element("notes").append(note);
}

function onSnapshot(snapshot: Snapshot, durationNs: number): void {
  const seconds = snapshot.elapsedNs / 1e9;
  snapshots = [
    ...snapshots.filter(({ elapsedNs }) => elapsedNs / 1e9 >= seconds - rateWindowSeconds),
    snapshot,
  ];
  const [first] = snapshots;
  const span = first === undefined ? 0 : seconds - first.elapsedNs / 1e9;
  const rate = (count: (of: Snapshot) => number): number =>
    first === undefined || span <= 0 ? 0 : (count(snapshot) - count(first)) / span;
  const { recentTtftNs, issued, completed, failed, outputTokens } = snapshot;
  points.push({
    seconds,
    ttftP50Ms: recentTtftNs === null ? null : recentTtftNs.p50 / 1e6,
    ttftP99Ms: recentTtftNs === null ? null : recentTtftNs.p99 / 1e6,
    tokensPerSecond: rate((of) => of.outputTokens),
    completedPerSecond: rate((of) => of.completed),
    issuedPerSecond: rate((of) => of.issued),
    inFlight: issued - completed - failed,
    failed,
  });
  if (points.length > mostPoints) points = points.filter((_, index) => index % 2 === 0);
  const planned = durationNs > 0 ? ` of ${Math.round(durationNs / 1e9)} s` : "";
  element("phase").textContent = `${phase} test, ${Math.round(seconds)} s${planned}`;
  tiles = [
    ["issued", issued],
    ["completed", completed],
    ["failed", failed],
    ["output tokens", outputTokens],
  ];
  isStale = true;
}

let tiles: [string, number][] = [];

/** Draws what came since the last time; many events may lie between two drawings. */
function draw(): void {
  if (!isStale) return;
  isStale = false;
  element("tiles").replaceChildren(
    ...tiles.map(([name, value]) => {
      const tile = document.createElement("div");
      tile.className = "tile";
      const title = document.createElement("dt");
      title.textContent = name;
      const figure = document.createElement("dd");
      figure.textContent = value.toLocaleString("en-US");
      tile.append(title, figure);
      return tile;
    }),
  );
  const charts = [...(points.length > 0 ? chartsOf(points) : []), ...resources.charts()];
  const shownBefore = drawn.size;
  for (const chart of charts) show(chart);
  // A new one takes its place among the others.
  if (drawn.size > shownBefore)
    element("live-charts").append(...charts.flatMap(({ title }) => drawn.get(title)?.figure ?? []));
  // What a test before this one had and this one has not.
  for (const [title, { figure }] of drawn) figure.hidden = !charts.some((chart) => chart.title === title);
}

function show(chart: Chart): void {
  const shown = drawn.get(chart.title);
  if (shown !== undefined) {
    shown.figure.hidden = false;
    shown.chart.show(chart);
    return;
  }
  const figure = document.createElement("figure");
  const title = document.createElement("h3");
  title.textContent = chart.title;
  const note = document.createElement("p");
  note.className = "note";
  note.textContent = chart.note;
  const place = document.createElement("div");
  figure.append(title, note, place);
  element("live-charts").append(figure);
  drawn.set(chart.title, { figure, chart: drawChart(place, chart) });
}

function chartsOf(all: readonly LivePoint[]): Chart[] {
  const line = (name: string, pick: (point: LivePoint) => number | null): ChartSeries => ({
    name,
    style: "line",
    values: all.map(pick),
  });
  const chart = (title: string, note: string, label: string, series: ChartSeries[]): Chart => ({
    title,
    note,
    x: { label: "time, s", scale: "linear" },
    y: { label, scale: "linear" },
    xValues: all.map(({ seconds }) => seconds),
    series,
    marks: [],
    cursorGroup: "test-time",
  });
  return [
    chart("TTFT over time", "Of the latest requests.", "TTFT, ms", [
      line("p50", ({ ttftP50Ms }) => ttftP50Ms),
      line("p99", ({ ttftP99Ms }) => ttftP99Ms),
    ]),
    chart("Output tokens over time", "Over the last two seconds.", "tokens/s", [
      line("tokens/s", ({ tokensPerSecond }) => tokensPerSecond),
    ]),
    chart("Requests over time", "Over the last two seconds.", "requests/s", [
      line("issued", ({ issuedPerSecond }) => issuedPerSecond),
      line("completed", ({ completedPerSecond }) => completedPerSecond),
    ]),
    chart("Requests in flight", "Issued and not yet answered.", "requests", [
      line("in flight", ({ inFlight }) => inFlight),
      line("failed so far", ({ failed }) => failed),
    ]),
  ];
}

/** Puts the finished report in the place of the page; where there is none, the page stays as it is. */
async function showReport(): Promise<void> {
  draw();
  const answer = await fetch("report.html").catch(() => null);
  if (answer === null || !answer.ok) return;
  const report = await answer.text();
  document.open();
  document.write(report);
  document.close();
}

const source = new EventSource("events");
source.addEventListener("message", ({ data }) => onEvent(JSON.parse(String(data)) as LiveEvent));
source.addEventListener("error", () => {
  if (element("state").textContent !== "RUNNING") return;
  element("phase").textContent = "the run is over or cannot be reached";
});
setInterval(draw, 500);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const { chart } of drawn.values()) chart.redraw();
});
