// Takes long: `npm run test:slow` and CI run it.
// @module-tag slow
import { beforeAll, describe, expect, it } from "vitest";
import { runScript, temporaryFolder } from "./child-script.ts";

// A hundred runs, and a hundred tests, in a process of their own: what they leave behind.

const folder = temporaryFolder();
const repeats = 100;

/** What a process held after some of its runs, in bytes after a full collection. */
interface Held {
  runs: number;
  heap: number;
  rss: number;
}

interface Report {
  held: Held[];
  states: string[];
  resourcesBefore: string[];
  resourcesAfter: string[];
  childrenAfter: string[];
}

const observing = `
  import { readdirSync, readFileSync, rmSync } from "node:fs";
  import { setFlagsFromString } from "node:v8";
  import { runInNewContext } from "node:vm";
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const folder = ${JSON.stringify(folder)};
  const held = [], states = [];
  const weigh = (runs) => {
    collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    held.push({ runs, heap: heapUsed + external, rss });
  };
  const children = () => readdirSync("/proc/self/task").flatMap((task) =>
    readFileSync("/proc/self/task/" + task + "/children", "utf8").trim().split(" ").filter(Boolean));
  const resources = () => process.getActiveResourcesInfo().sort();
  // Handles of what has ended are closed a turn or two later.
  const settledResources = async () => {
    await new Promise((done) => setTimeout(done, 500));
    return resources();
  };
`;

async function observe(script: string): Promise<Report> {
  const end = await runScript(`${observing}${script}`, 150_000);
  expect({ code: end.code, signal: end.signal, stderr: end.stderr }).toEqual({
    code: 0,
    signal: null,
    stderr: "",
  });
  return JSON.parse(end.stdout.trim().split("\n").at(-1) ?? "") as Report;
}

/** Bytes more after each run: the least-squares slope once caches and compiled code have settled. */
function growth(held: readonly Held[], of: "heap" | "rss"): number {
  const settled = held.filter(({ runs }) => runs > repeats * 0.4);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const middle = { runs: mean(settled.map(({ runs }) => runs)), bytes: mean(settled.map((one) => one[of])) };
  const covariance = settled.map((one) => (one.runs - middle.runs) * (one[of] - middle.bytes));
  return mean(covariance) / mean(settled.map(({ runs }) => (runs - middle.runs) ** 2));
}

describe(`${repeats} runs in one controller`, () => {
  let report: Report;

  beforeAll(async () => {
    report = await observe(`
      import { loadRunConfig } from "#src/config/load-run-config.js";
      import { run } from "#src/run.js";
      import { spawnSim } from "#src/server/sim-process.js";
      const sim = await spawnSim({ ttft: { shape: "fixed", ms: 1 }, itl: { shape: "fixed", ms: 1 } });
      let started = 0;
      const oneRun = async () => {
        const output = folder + "/run-" + started++;
        const record = await run(loadRunConfig({ flags: {
          endpoint: [sim.url], targetQps: 2000, duration: "20ms", minQueries: 60, percentile: 90, maxTokens: 4,
          ttftLimit: "30s", tpotLimit: "30s", warmup: 0, workers: 1, sharedServer: true, datasetOption: ["size=32"], output } }));
        rmSync(output, { recursive: true });
        states.push(record.state);
      };
      await oneRun();
      const resourcesBefore = await settledResources();
      while (started < ${repeats}) {
        await Promise.all([oneRun(), oneRun()]);
        weigh(started);
      }
      const resourcesAfter = await settledResources();
      await sim.stop();
      console.log(JSON.stringify({ held, states, resourcesBefore, resourcesAfter, childrenAfter: children() }));`);
  }, 160_000);

  it("are good runs", () => {
    expect(report.states.length).toBeGreaterThanOrEqual(repeats);
    expect([...new Set(report.states)]).toEqual(["valid"]);
  });

  it("leave its memory flat", () => {
    expect(growth(report.held, "heap")).toBeLessThan(20_000);
    expect(growth(report.held, "rss")).toBeLessThan(100_000);
  });

  it("leave no handle and no process", () => {
    expect(report.resourcesAfter).toEqual(report.resourcesBefore);
    expect(report.childrenAfter).toEqual([]);
  });
});

describe(`${repeats} tests of LoadGen in one process`, () => {
  it("leave its memory flat and no handle", async () => {
    const report = await observe(`
      import { runTest } from "#src/loadgen/index.js";
      const answer = (batch, report) => {
        for (let i = 0; i < batch.count; i++) {
          report.firstToken(batch.slots[i]);
          report.complete(batch.slots[i], new Int32Array([1, 2, 3]), 3);
        }
      };
      const resourcesBefore = await settledResources();
      for (let i = 1; i <= ${repeats}; i++) {
        const { state } = await runTest({
          settings: { scenario: "Server", serverTargetQps: 5000, minDurationMs: 20, minQueryCount: 100, useTokenLatencies: true },
          log: { outdir: folder + "/test" },
          sut: { name: "null", issue: answer },
          library: { name: "numbers", totalSampleCount: 16 } });
        rmSync(folder + "/test", { recursive: true });
        states.push(state);
        weigh(i);
      }
      const resourcesAfter = await settledResources();
      console.log(JSON.stringify({ held, states, resourcesBefore, resourcesAfter, childrenAfter: children() }));`);
    expect(report.states).toEqual(Array(repeats).fill("completed"));
    expect(growth(report.held, "heap")).toBeLessThan(5000);
    expect(growth(report.held, "rss")).toBeLessThan(50_000);
    expect(report.resourcesAfter).toEqual(report.resourcesBefore);
    expect(report.childrenAfter).toEqual([]);
  }, 160_000);
});
