import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { loadRunConfig } from "#src/config/load-run-config.js";
import { readEvents } from "#src/live/event-log.js";
import { startLivePage } from "#src/live/live-server.js";
import { replayEvents } from "#src/live/replay.js";
import { readPower, readServerMetricRows } from "#src/results/series-parquet.js";
import { run } from "#src/run.js";
import type { RunEvent } from "#src/run-events.js";
import type { RunningServer } from "#src/server/running-server.js";
import { spawnSim } from "#src/server/sim-process.js";
import { PowerLog, type PowerReading } from "#src/telemetry/power-source.js";
import { ResourceTeller, type ToldResources } from "#src/telemetry/resource-teller.js";
import { serverMetrics } from "#src/telemetry/server-metric-names.js";
import { type BrowserPage, findChromium, openInChromium } from "./browser/browser-page.ts";
import { temporaryFolder } from "./child-script.ts";

const folder = temporaryFolder();
const chromium = findChromium();

type ResourceEvent = Extract<RunEvent, { kind: "resources" }>;
const isResources = (event: RunEvent): event is ResourceEvent => event.kind === "resources";

/** A GPU whose power goes up with every reading, and a processor whose energy is counted. */
async function startExporter(): Promise<{ server: Server; url: string; host: string }> {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    const gpu = `DCGM_FI_DEV_POWER_USAGE{gpu="0"} ${200 + 10 * asked}\n`;
    response.end(
      `${gpu}node_rapl_package_joules_total{index="0",path="p"} ${(performance.now() / 1e3) * 40}\n`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { server, url: `http://${host}/metrics`, host };
}

/** What the page shows: titles of charts with data, legends, and whether every canvas has something on it. */
const looking = `[...document.querySelectorAll("#live-charts figure")].filter(({ hidden }) => !hidden).map((figure) => {
  const canvas = figure.querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return {
    title: figure.querySelector("h3").textContent,
    legend: [...figure.querySelectorAll(".u-series .u-label")].map(({ textContent }) => textContent).slice(1),
    isDrawn: data.some((value) => value !== 0),
    isWide: figure.querySelector(".u-wrap").getBoundingClientRect().right > figure.getBoundingClientRect().right,
  };
})`;

interface Seen {
  title: string;
  legend: string[];
  isDrawn: boolean;
  isWide: boolean;
}

describe("a run whose server and power are read", () => {
  let sim: RunningServer;
  let exporter: Awaited<ReturnType<typeof startExporter>>;
  const output = join(folder, "run");
  const heard: RunEvent[] = [];
  let charts: Seen[] = [];
  let end: unknown;

  beforeAll(async () => {
    [sim, exporter] = await Promise.all([
      spawnSim({ maxConcurrency: 5, itl: { shape: "fixed", ms: 5 } }),
      startExporter(),
    ]);
    const page = await startLivePage();
    let browser: BrowserPage | null = null;
    try {
      if (chromium !== null) browser = await openInChromium(chromium, page.url, join(folder, "profile"));
      const running = run(
        loadRunConfig({
          flags: {
            endpoint: [sim.url],
            powerUrl: [exporter.url],
            targetQps: 40,
            duration: "4500ms",
            minQueries: 64,
            percentile: 50,
            maxTokens: 16,
            datasetOption: ["size=32"],
            output,
          },
        }),
        {
          listener: {
            onEvent: (event) => {
              heard.push(event);
              page.onEvent(event);
            },
          },
        },
      );
      if (browser !== null) {
        const { evaluate } = browser;
        await vi.waitFor(
          async () => {
            charts = (await evaluate(looking)) as Seen[];
            expect(charts.map(({ title }) => title)).toContain("Power");
            expect(charts.map(({ title }) => title)).toContain("Tokens by the server's count");
          },
          { timeout: 10_000, interval: 300 },
        );
        await running;
        await vi.waitFor(
          async () => {
            end = await evaluate(
              "document.querySelector('#live-charts') === null && document.body.textContent",
            );
            expect(end).toEqual(expect.any(String));
          },
          { timeout: 5000, interval: 200 },
        );
      }
      await running;
    } finally {
      await browser?.close();
      await page.close();
    }
  }, 60_000);

  afterAll(async () => {
    exporter.server.closeAllConnections();
    exporter.server.close();
    await sim.stop();
  });

  it("tells about once a second what they told, on the clock of the test", () => {
    const told = heard.filter(isResources).filter(({ phase }) => phase === "performance");
    expect(told.length).toBeGreaterThanOrEqual(4);
    expect(told.length).toBeLessThan(12);
    const metrics = told.flatMap(({ resources }) => resources.serverMetrics);
    const times = metrics.map(({ timeNs }) => timeNs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(0);
    expect(new Set(metrics.map(({ source }) => source))).toEqual(new Set([`${sim.url}/metrics`]));
    expect(Math.max(...metrics.map(({ values }) => values.running ?? 0))).toBeGreaterThan(1);
    const tokens = metrics.map(({ values }) => values.generationTokens ?? Number.NaN);
    expect(tokens.at(-1)).toBeGreaterThan(tokens[0] ?? Number.NaN);
    // The simulator does not count these, and JSON has no NaN.
    expect(metrics[0]?.values.preemptions).toBeNull();
  });

  it("tells the watts of a gauge and of a counter of energy", () => {
    const power = heard.filter(isResources).flatMap(({ resources }) => resources.power);
    const of = (part: string) =>
      power.filter(({ source }) => source.includes(part)).map(({ watts }) => watts);
    const [gpu, processor] = [of("DCGM"), of("RAPL")];
    expect(gpu.slice(0, 3)).toEqual([210, 220, 230]);
    expect(processor[0]).toBeNull();
    expect(processor[2]).toBeGreaterThan(35);
    expect(processor[2]).toBeLessThan(45);
  });

  it("tells nothing that its files do not hold as well", async () => {
    const told = heard.filter(isResources).filter(({ phase }) => phase === "performance");
    const rows = await readServerMetricRows(join(output, "server-metrics.parquet"));
    // Under load the first event may hold the power alone.
    const [first] = told.flatMap(({ resources }) => resources.serverMetrics);
    if (first === undefined) throw new Error("nothing was told");
    // The two clocks start within moments of each other.
    const [row] = rows.toSorted(
      (one, other) => Math.abs(one.timeNs - first.timeNs) - Math.abs(other.timeNs - first.timeNs),
    );
    expect(serverMetrics.map((metric) => row?.values[metric])).toEqual(
      serverMetrics.map((metric) => first.values[metric] ?? Number.NaN),
    );
    const watts = (await readPower(join(output, "power.parquet"))).map((each) => each.watts);
    for (const each of told.flatMap(({ resources }) => resources.power))
      expect(watts).toContain(each.watts ?? Number.NaN);
  });

  it("is told again from its event log", async () => {
    const replayed: RunEvent[] = [];
    await replayEvents(
      await readEvents(output),
      { onEvent: (event) => replayed.push(event) },
      { speed: 1000, signal: new AbortController().signal },
    );
    expect(replayed.filter(isResources)).toEqual(heard.filter(isResources));
  });

  it.skipIf(chromium === null)("is drawn while it goes on, with the charts of the report", () => {
    expect(charts.map(({ title, legend }) => [title, legend])).toEqual([
      ["TTFT over time", ["p50", "p99"]],
      ["Output tokens over time", ["tokens/s"]],
      ["Requests over time", ["issued", "completed"]],
      ["Requests in flight", ["in flight", "failed so far"]],
      ["Requests on the server", ["running", "waiting"]],
      ["KV cache in use", ["KV cache"]],
      ["Tokens by the server's count", ["generated"]],
      ["Power", expect.arrayContaining([`DCGM gpu=0 at ${exporter.host}`])],
    ]);
    expect(charts.filter(({ isDrawn, isWide }) => !isDrawn || isWide)).toEqual([]);
    expect(end).toContain("Server, energy and cost");
  });
});

describe("resources", () => {
  const zeros = Object.fromEntries(serverMetrics.map((metric) => [metric, 0])) as Record<
    (typeof serverMetrics)[number],
    number
  >;

  it("of many sources come together, in the time of the phase they belong to", async () => {
    const told: ToldResources[] = [];
    const teller = new ResourceTeller(1000, (resources) => told.push(resources), { intervalMs: 20 });
    teller.addPower({ source: "a", timeMs: 1500, watts: 1 });
    teller.addPower({ source: "b", timeMs: 1501, watts: Number.NaN });
    teller.restart(2000);
    teller.addServer("c", 2010, { ...zeros, kvCacheUse: Number.NaN });
    teller.stop();
    teller.addPower({ source: "a", timeMs: 3000, watts: 2 });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(told).toEqual([
      {
        serverMetrics: [],
        power: [
          { timeNs: 5e8, source: "a", watts: 1 },
          { timeNs: 501e6, source: "b", watts: null },
        ],
      },
      {
        serverMetrics: [{ timeNs: 1e7, source: "c", values: { ...zeros, kvCacheUse: null } }],
        power: [],
      },
    ]);
  });

  it("of a meter are told from its first reading on, each once", () => {
    const log = new PowerLog();
    const counter = { name: "package-0", scope: "processors", unit: "joules" } as const;
    log.add(counter, 1000, 5);
    log.add(counter, 2000, 55);
    const heard: PowerReading[] = [];
    log.follow((reading) => heard.push(reading));
    log.add(counter, 2000, 99);
    log.add(counter, 2500, 75);
    expect(heard).toEqual([
      { source: "package-0", timeMs: 1000, watts: Number.NaN },
      { source: "package-0", timeMs: 2000, watts: 50 },
      { source: "package-0", timeMs: 2500, watts: 40 },
    ]);
  });
});
