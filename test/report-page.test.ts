import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { PointFigures, SweepRecord, SweepRun } from "#src/campaign/sweep-record.js";
import { summariseSweep } from "#src/campaign/sweep-summary.js";
import { distributionOf } from "#src/metrics/distribution.js";
import { buildPage } from "#src/report/build-page.js";
import type { Chart } from "#src/report/chart.js";
import { runCommand } from "#src/report/run-command.js";
import { runPage } from "#src/report/run-page.js";
import { sweepPage } from "#src/report/sweep-page.js";
import type { RunRecord } from "#src/results/record.js";
import { temporaryFolder } from "./child-script.ts";
import { madeTimeline, writeMadeRun } from "./made-run.ts";
import { sampleRecord } from "./sample-record.ts";

const folder = temporaryFolder();
const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));

function chartsOf(page: string): Chart[] {
  const [, json] = /<script type="application\/json" id="charts">(.*?)<\/script>/s.exec(page) ?? [];
  return JSON.parse(json ?? "") as Chart[];
}

function chartNamed(page: string, title: string): Chart {
  const chart = chartsOf(page).find((candidate) => candidate.title === title);
  if (chart === undefined) throw new Error(`the page has no chart ${title}`);
  return chart;
}

function valuesOf(chart: Chart, name: string): (number | null)[] {
  return [...(chart.series.find((series) => series.name === name)?.values ?? [])];
}

const sumOf = (values: readonly (number | null)[]): number =>
  values.reduce<number>((total, value) => total + (value ?? 0), 0);

const pageOf = (timeline: ReturnType<typeof madeTimeline>, changes: Partial<RunRecord> = {}): string =>
  runPage({ record: sampleRecord(changes), timeline, resourceCharts: [] });

describe("the page of a run", () => {
  const timeline = madeTimeline({ count: 5000, perSecond: 200 });
  const page = pageOf(timeline);
  const ttft = distributionOf(
    timeline.columns.firstTokenNs.map((first, row) => first - (timeline.columns.scheduledNs[row] ?? 0)),
  );

  it("is one file that fetches nothing", () => {
    expect(page).toMatch(/^<!doctype html>/);
    expect(/<(link|img|iframe)\b|<script[^>]+src=|@import|url\(/.exec(page)).toBe(null);
    expect(page.includes("default-src &#39;none&#39;")).toBe(true);
  });

  it("shows percentiles as LoadGen takes them, with the limits across", () => {
    const chart = chartNamed(page, "Percentiles");
    const p90 = chart.xValues.findIndex((depth) => depth >= 1);
    expect(valuesOf(chart, "TTFT")[p90]).toBeCloseTo((ttft?.p90 ?? 0) / 1e6, 0);
    expect(chart.marks.map(({ at }) => at)).toEqual([2000, 200]);
    expect(chart.x.ticks?.map(({ text }) => text)).toEqual(["0", "p50", "p90", "p99", "p99.9"]);
  });

  it("counts every good request once in each histogram, and all of them up to the longest time", () => {
    for (const name of ["TTFT", "TPOT", "Latency"]) {
      expect(sumOf(valuesOf(chartNamed(page, `${name} histogram`), "requests"))).toBe(5000);
      const cumulative = valuesOf(chartNamed(page, "Cumulative distribution"), name);
      expect(cumulative.at(-1)).toBe(100);
      expect(cumulative).toEqual([...cumulative].sort((a, b) => (a ?? 0) - (b ?? 0)));
    }
  });

  it("has all tokens and all arrivals under its rates over time", () => {
    const amountUnder = (title: string, name: string): number => {
      const chart = chartNamed(page, title);
      const [first = 0, second = 0] = chart.xValues;
      const values = valuesOf(chart, name).slice(0, -1);
      return sumOf(values) * (second - first);
    };
    // The last step is seldom whole and is left out here.
    expect(amountUnder("Output tokens over time", "tokens/s") / (5000 * 32)).toBeCloseTo(1, 1);
    expect(amountUnder("Arrivals against schedule", "scheduled") / 5000).toBeCloseTo(1, 1);
    expect(amountUnder("Arrivals against schedule", "sent") / 5000).toBeCloseTo(1, 1);
    // Little's law: a rate of 200 a second times a third of a second each.
    const inFlight = valuesOf(chartNamed(page, "Requests in flight"), "in flight").slice(5, -5);
    expect(sumOf(inFlight) / inFlight.length).toBeGreaterThan(200 * 0.33 * 0.85);
    expect(sumOf(inFlight) / inFlight.length).toBeLessThan(200 * 0.34 * 1.15);
  });

  it("shows each request while there are few, and percentiles of steps when there are many", () => {
    const few = chartNamed(pageOf(madeTimeline({ count: 100, perSecond: 10 })), "TTFT over time");
    expect(few.series.map(({ style }) => style)).toEqual(["points"]);
    expect(few.xValues).toHaveLength(100);
    const many = chartNamed(page, "TTFT over time");
    expect(many.series.map(({ name }) => name)).toEqual(["p50", "p90", "p99", "max"]);
    expect(Math.max(...valuesOf(many, "max").map((value) => value ?? 0))).toBeCloseTo(
      (ttft?.max ?? 0) / 1e6,
      1,
    );
  });

  it("leaves failed requests out of every latency and counts them apart", () => {
    const failing = madeTimeline({ count: 3000, perSecond: 100, failEvery: 10 });
    for (let row = 0; row < 3000; row += 10) failing.columns.firstTokenNs[row] = 1e15;
    const shown = pageOf(failing);
    expect(sumOf(valuesOf(chartNamed(shown, "TTFT histogram"), "requests"))).toBe(2700);
    expect(
      Math.max(...valuesOf(chartNamed(shown, "TTFT over time"), "max").map((value) => value ?? 0)),
    ).toBeLessThan(1000);
    const completed = chartNamed(shown, "Completed requests over time");
    expect(completed.series.map(({ name }) => name)).toEqual(["completed", "failed"]);
  });

  it("has no schedule to show in Offline, where all requests come at once", () => {
    const loadgen = sampleRecord().loadgen;
    const offline = pageOf(timeline, {
      loadgen: loadgen && { ...loadgen, scenario: "Offline", summary: {} },
    });
    const titles = chartsOf(offline).map(({ title }) => title);
    expect(titles).toContain("TTFT over time");
    expect(titles).not.toContain("Arrivals against schedule");
  });

  it("shows no speed of an accuracy test, which measures none", () => {
    const loadgen = sampleRecord().loadgen;
    const accuracy = pageOf(timeline, {
      loadgen: loadgen && { ...loadgen, mode: "accuracy", validity: null },
    });
    expect(chartsOf(accuracy)).toEqual([]);
  });

  it("says why a run is not valid, and what would change it", () => {
    const invalid = pageOf(timeline, {
      state: "invalid",
      reasons: [{ reason: "TTFT was too long.", remedy: "Lower --target-qps." }],
    });
    expect(invalid).toContain("INVALID");
    expect(invalid).toContain("TTFT was too long.");
    expect(invalid).toContain("Lower --target-qps.");
  });

  it("lets no text of the record become part of the page", () => {
    const evil = `</script><script>alert("1")</script>`;
    const shown = runPage({
      record: sampleRecord({ model: { name: evil, module: evil }, config: { dataset: evil } }),
      timeline,
      resourceCharts: [
        {
          ...chartNamed(page, "Requests in flight"),
          title: evil,
        },
      ],
    });
    expect(shown.includes(evil)).toBe(false);
    expect(chartNamed(shown, evil).title).toBe(evil);
  });

  it("is made of what a run left even where it left no requests", () => {
    const aborted = runPage({
      record: sampleRecord({ state: "aborted", loadgen: null, client: null, reasons: [] }),
      timeline: null,
      resourceCharts: [],
    });
    expect(chartsOf(aborted)).toEqual([]);
    expect(aborted).toContain("ABORTED");
  });
});

it("a million requests make a page of less than a megabyte, from their file, in less than ten seconds of CPU", {
  tags: ["slow"],
  timeout: 120_000,
}, async () => {
  const run = join(folder, "million");
  await writeMadeRun(run, madeTimeline({ count: 1_000_000, perSecond: 5000 }));
  const before = process.cpuUsage();
  const page = await buildPage([run]);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6).toBeLessThan(10);
  expect(page.length).toBeLessThan(1_000_000);
  expect(sumOf(valuesOf(chartNamed(page, "TTFT histogram"), "requests"))).toBe(1_000_000);
});

describe("the command that makes a run again", () => {
  /** What a shell makes of a command, and what FlexBench would run then. */
  function resolved(command: string): Record<string, unknown> {
    const script = `flexbench() { "${process.execPath}" "${cli}" "$@" --dry-run --json; }; ${command}`;
    return JSON.parse(execFileSync("sh", ["-c", script], { cwd: folder, encoding: "utf8" })) as Record<
      string,
      unknown
    >;
  }

  it("gives the same configuration, whatever stands in it", () => {
    const given = [
      ...["--endpoint http://127.0.0.1:9/v1", "--endpoint http://127.0.0.1:10", "--target-qps 7.5"],
      ...["--duration 1500ms", "--min-queries 7", "--ttft-limit 250ms", "--seed 7", "--max-tokens 9"],
      ...["--header 'x-what=it'\\''s $HOME \"here\"'", "--dataset-option size=5", "--insecure", "--no-power"],
      ...["--model 'a model'", "--percentile 97", "--max-error-rate 0.01", "--warmup 0"],
    ];
    const config = resolved(`flexbench run ${given.join(" ")}`);
    expect(resolved(runCommand(config))).toEqual(config);
  });

  it("is as short as the defaults allow, and does not name the old folder", () => {
    const config = resolved("flexbench run --endpoint http://127.0.0.1:9 --target-qps 5 --output elsewhere");
    expect(runCommand(config)).toBe("flexbench run \\\n  --endpoint http://127.0.0.1:9 \\\n  --target-qps 5");
  });
});

describe("the page of several runs", () => {
  it("sets them side by side under the names of their folders", async () => {
    const timeline = madeTimeline({ count: 50, perSecond: 10 });
    const slow = sampleRecord().metrics;
    await writeMadeRun(join(folder, "fast"), timeline, { config: { targetQps: 5, seed: 1 } });
    await writeMadeRun(join(folder, "slow"), timeline, {
      state: "invalid",
      metrics: { ...slow, tokensPerSecond: 5000 },
      config: { targetQps: 9, seed: 1 },
    });
    const page = await buildPage([join(folder, "fast"), join(folder, "slow")]);
    expect(chartNamed(page, "TTFT percentiles").series.map(({ name }) => name)).toEqual(["fast", "slow"]);
    expect(page).toContain("fast: 5 · slow: 9");
    expect(page).not.toMatch(/<th scope="row">seed</);
  });
});

describe("the page of a sweep", () => {
  const figures = (tokensPerSecond: number, ttftMs: number): PointFigures => ({
    samplesPerSecond: tokensPerSecond / 10,
    tokensPerSecond,
    keptUpShare: ttftMs > 500 ? 0.8 : 1,
    ttftP50Ns: ttftMs * 5e5,
    ttftP99Ns: ttftMs * 1e6,
    serviceTtftP50Ns: ttftMs * 4e5,
    serviceTtftP99Ns: ttftMs * 8e5,
    tpotP50Ns: 1e7,
    tpotP99Ns: 2e7,
    latencyP50Ns: 1e9,
    latencyP99Ns: 2e9,
    goodputShare: ttftMs > 500 ? 0.2 : 1,
    goodputPerSecond: tokensPerSecond / 10,
  });
  const runOf = (load: number, repeat: number, tokensPerSecond: number, ttftMs: number): SweepRun => ({
    name: `qps-${load}-run-${repeat + 1}`,
    role: "point",
    load,
    repeat,
    folder: `runs/qps-${load}-run-${repeat + 1}`,
    state: ttftMs > 500 ? "invalid" : "valid",
    endedEarly: false,
    figures: figures(tokensPerSecond, ttftMs),
    cost: null,
  });
  const runs = [
    runOf(10, 0, 100, 20),
    runOf(10, 1, 104, 22),
    runOf(20, 0, 200, 40),
    // Less and later than the run before: no choice of anybody's.
    runOf(20, 1, 150, 60),
    runOf(40, 0, 210, 900),
    runOf(40, 1, 211, 950),
  ];
  const sweep: SweepRecord = {
    schema: "flexbench.sweep/1",
    id: "s",
    state: "finished",
    startedAt: "2026-11-24T12:00:00.000Z",
    endedAt: "2026-11-24T12:10:00.000Z",
    flexbench: { version: "0.1.0", commit: null },
    plan: {
      kind: "qps",
      loads: [10, 20, 40],
      autoPoints: null,
      repeats: 2,
      coolDownNs: 0,
      search: null,
      config: { dataset: "synthetic" },
    },
    capacity: null,
    runs,
    summary: summariseSweep(runs, "qps", 0.99),
    search: null,
  };

  it("joins the runs that no other beats, marks the rest by their verdict, and names loads", () => {
    const chart = chartNamed(sweepPage(sweep), "Tokens/s against TTFT");
    expect(chart.xValues).toEqual([20, 22, 40, 60, 900, 950]);
    expect(valuesOf(chart, "best for both")).toEqual([100, 104, 200, null, 210, 211]);
    expect(valuesOf(chart, "valid")).toEqual([100, 104, 200, 150, null, null]);
    expect(valuesOf(chart, "not valid")).toEqual([null, null, null, null, 210, 211]);
    expect(chart.series[1]?.texts).toEqual(["10", "10", "20", "20", "40", "40"]);
  });

  it("has means by load with their intervals, and knee and saturation across", () => {
    const page = sweepPage(sweep);
    const chart = chartNamed(page, "TTFT by load");
    expect(chart.xValues).toEqual([10, 20, 40]);
    expect(valuesOf(chart, "p99")).toEqual([21, 50, 925]);
    expect(chart.series.map(({ name }) => name)).toContain("p99 high");
    expect(chart.marks.map(({ at, text }) => [at, text])).toEqual([
      [20, "knee"],
      [40, "saturated"],
    ]);
    expect(page).toContain("The knee is at 20 queries/s");
  });

  it("is written into the folder of the sweep by the command", () => {
    const place = join(folder, "sweep");
    mkdirSync(place);
    writeFileSync(join(place, "sweep.json"), JSON.stringify(sweep));
    execFileSync(process.execPath, [cli, "report", place], { stdio: "pipe" });
    expect(existsSync(join(place, "report.html"))).toBe(true);
    expect(readFileSync(join(place, "report.html"), "utf8")).toBe(sweepPage(sweep));
  });
});
