import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type SweepOptions, sweep } from "#src/campaign/run-sweep.js";
import { readSweep } from "#src/campaign/sweep-folder.js";
import type { SweepRecord } from "#src/campaign/sweep-record.js";
import type { SweepEvent } from "#src/campaign/sweep-session.js";
import { renderSweep } from "#src/campaign/sweep-table.js";
import { loadRunConfig } from "#src/config/load-run-config.js";
import { loadgenNumber } from "#src/loadgen/verdict.js";
import { readRecord } from "#src/results/store.js";
import { run } from "#src/run.js";
import type { RunningServer } from "#src/server/running-server.js";
import { saturationQps } from "#src/server/sim-capacity.js";
import { spawnSim } from "#src/server/sim-process.js";
import { temporaryFolder } from "./child-script.ts";

// Whole sweeps against the simulator: real processes, real sockets, real LoadGen.

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const folder = temporaryFolder();
const tokens = 4;
/** Four slots of 40 ms a request: 100 requests a second at most. */
const curve = { ttftMs: 25, itlMs: 5, maxConcurrency: 4, ttftGrowth: 0, itlGrowth: 0 };
const capacity = saturationQps(curve, tokens);
// Other programs can only make the server slower: upper bounds are sharp, lower ones are not.
let sim: RunningServer;
let folders = 0;

beforeAll(async () => {
  sim = await spawnSim({
    ttft: { shape: "fixed", ms: curve.ttftMs },
    itl: { shape: "fixed", ms: curve.itlMs },
    maxConcurrency: curve.maxConcurrency,
  });
});
afterAll(() => sim.stop());

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function flagsFor(output: string): Record<string, unknown> {
  return {
    ...{ endpoint: sim.url, maxTokens: tokens, minQueries: 100, duration: "500ms", percentile: 90 },
    ...{ ttftLimit: "200ms", datasetOption: ["size=32"], warmup: 2, output },
  };
}

async function sweepSim(
  settings: Partial<SweepOptions>,
  flags: Record<string, unknown> = {},
  output = join(folder, `sweep-${folders++}`),
) {
  const events: SweepEvent[] = [];
  const config = loadRunConfig({
    flags: { ...flagsFor(output), ...flags },
    decidedLater: ["targetQps"],
  });
  const outcome = await sweep(config, {
    ...{ task: { kind: "qps", points: { loads: [40, 150] } }, repeats: 1, coolDownNs: 1e6, run },
    listener: { onSweepEvent: (event) => events.push(event) },
    ...settings,
  });
  return { ...outcome, events };
}

const names = ({ runs }: SweepRecord) => runs.map(({ name }) => name);

describe("a sweep of rates", () => {
  it("makes a whole run at each point, in turns, and says where the server's limit is", async () => {
    const { record, folder: output } = await sweepSim({ repeats: 2 });
    expect(record).toMatchObject({
      schema: "flexbench.sweep/1",
      state: "finished",
      search: null,
      capacity: null,
    });
    expect(names(record)).toEqual(["qps-40-run-1", "qps-150-run-1", "qps-40-run-2", "qps-150-run-2"]);
    expect(record.summary).toMatchObject({
      points: [
        { load: 40, runs: 2, valid: 2, figures: { goodputShare: { mean: 1 } } },
        { load: 150, runs: 2, valid: 0 },
      ],
      highestValid: 40,
      saturation: { load: 150 },
      knee: { load: 40 },
    });
    const overload = record.summary?.points[1]?.figures;
    expect(overload?.keptUpShare?.mean).toBeLessThan(0.9);
    expect(overload?.samplesPerSecond?.mean).toBeGreaterThan(0.5 * capacity);
    expect(overload?.samplesPerSecond?.mean).toBeLessThan(1.01 * capacity);
    expect(overload?.samplesPerSecond?.interval).not.toBeNull();
    const runs = await Promise.all(record.runs.map(({ folder: place }) => readRecord(join(output, place))));
    expect(runs.map(({ config }) => [config.targetQps, config.seed])).toEqual([
      ...[
        [40, 42],
        [150, 42],
        [40, 45],
        [150, 45],
      ],
    ]);
    expect(await readSweep(output)).toEqual(JSON.parse(JSON.stringify(record)));
    const table = renderSweep(record, { folder: "here" });
    expect(table).toMatch(/^ 40 +2\/2 /m);
    expect(table).toContain("Knee           40 QPS: the last point");
    expect(table).toMatch(/samples\/s$|Files {2}here/m);
  });

  it("auto measures the capacity and goes to 120 % of it, with the knee within one step", {
    tags: ["slow"],
  }, async () => {
    const { record } = await sweepSim({ task: { kind: "qps", points: { auto: 3 } } });
    expect(names(record).slice(0, 2)).toEqual(["probe-1", "probe-2"]);
    expect(record.capacity).toBeGreaterThan(0.5 * capacity);
    expect(record.capacity).toBeLessThan(1.02 * capacity);
    const loads = record.summary?.points.map(({ load }) => load) ?? [];
    expect(loads).toHaveLength(3);
    expect(loads[2]).toBeCloseTo(1.2 * (record.capacity ?? 0), 0);
    // Steps of 40 % of the capacity: 40, 80, 120.
    const knee = record.summary?.knee?.load ?? 0;
    expect(Math.abs(knee - (record.capacity ?? 0))).toBeLessThanOrEqual(1.05 * (loads[0] ?? 0));
  });

  it("concurrency points are closed loops, sized by a few requests first", async () => {
    const task = { kind: "concurrency", points: { loads: [1, 4, 8] } } as const;
    const { record, folder: output } = await sweepSim({ task }, { minQueries: 1, duration: "300ms" });
    expect(names(record)).toEqual(
      [1, 4, 8].flatMap((load) => [`probe-concurrency-${load}`, `concurrency-${load}-run-1`]),
    );
    expect(record.summary).toMatchObject({ knee: { load: 4 } });
    for (const { folder: place, state, load } of record.runs) {
      const { loadgen, config } = await readRecord(join(output, place));
      expect({ state, scenario: loadgen?.scenario, connections: config.connections }).toEqual({
        ...{ state: "valid", scenario: "Offline", connections: load },
      });
    }
  });
});

describe("a sweep goes on", () => {
  it("where it was interrupted: what is finished is not run again, what was cut off is", {
    tags: ["slow"],
  }, async () => {
    const stop = new AbortController();
    const output = join(folder, "interrupted");
    const listener = {
      onSweepEvent: (event: SweepEvent) => {
        const isSecond = event.kind === "run-begins" && event.name === "qps-30-run-1";
        if (isSecond) setTimeout(() => stop.abort(), 300);
      },
    };
    const task = { kind: "qps", points: { loads: [20, 30, 40] } } as const;
    const first = await sweepSim({ task, signal: stop.signal, listener }, { minQueries: 64 }, output);
    expect(first.record).toMatchObject({ state: "interrupted", runs: [{ name: "qps-20-run-1" }] });
    expect(readdirSync(join(output, "points"))).toEqual(["qps-20-run-1"]);
    expect(renderSweep(first.record)).toContain("Interrupted");

    const again = await sweepSim({ task }, { minQueries: 64 }, output);
    expect(again.record.state).toBe("finished");
    expect(again.record.runs[0]).toEqual(first.record.runs[0]);
    expect(names(again.record)).toEqual(["qps-20-run-1", "qps-30-run-1", "qps-40-run-1"]);
    expect(again.events.filter(({ kind }) => kind === "run-kept")).toHaveLength(1);

    const third = await sweepSim({ task }, { minQueries: 64 }, output);
    expect(third.events.filter(({ kind }) => kind === "run-begins")).toEqual([]);
    expect(third.record.runs).toEqual(again.record.runs);
  });

  it("only with the same plan, and only where a sweep is", async () => {
    const output = join(folder, "planned");
    await sweepSim({ task: { kind: "qps", points: { loads: [50] } } }, {}, output);
    const other = sweepSim(
      { task: { kind: "qps", points: { loads: [50, 60] } }, repeats: 2 },
      { maxTokens: 5 },
      output,
    );
    await expect(other).rejects.toMatchObject({
      code: "SWEEP_OTHER_PLAN",
      problems: [
        { where: "loads", message: "was [50] and is now [50,60]" },
        { where: "repeats", message: "was 1 and is now 2" },
        { where: "config.maxTokens", message: "was 4 and is now 5" },
      ],
    });
    const foreign = join(folder, "foreign");
    mkdirSync(foreign);
    writeFileSync(join(foreign, "notes.txt"), "mine");
    await expect(sweepSim({}, {}, foreign)).rejects.toMatchObject({ code: "OUTPUT_NOT_EMPTY" });
    writeFileSync(join(foreign, "sweep.json"), "{");
    await expect(sweepSim({}, {}, foreign)).rejects.toMatchObject({ code: "SWEEP_UNREADABLE" });
    writeFileSync(join(foreign, "sweep.json"), '{"schema":"flexbench.sweep/1"}');
    await expect(sweepSim({}, {}, foreign)).rejects.toMatchObject({ code: "SWEEP_BROKEN" });
    expect(readFileSync(join(foreign, "notes.txt"), "utf8")).toBe("mine");
  });

  it("with the same result set after being killed at any place", { tags: ["slow"] }, async () => {
    const output = join(folder, "killed");
    const points = ["--qps", "100,110,120", "--repeats", "2", "--cool-down", "50ms"];
    const flags = Object.entries({ ...flagsFor(output), minQueries: 60 }).flatMap(([key, value]) => [
      `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      `${value}`,
    ]);
    const start = () => {
      const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("FLEXBENCH_"));
      const child = spawn(process.execPath, [cli, "sweep", ...flags, ...points], {
        cwd: folder,
        env: Object.fromEntries(inherited),
        stdio: ["ignore", "ignore", "pipe"],
      });
      children.push(child);
      return child;
    };
    const killedAt = async (place: RegExp) => {
      const child = start();
      let talk = "";
      child.stderr.on("data", (piece) => {
        talk += piece;
        if (place.test(talk)) child.kill("SIGKILL");
      });
      const [, signal] = await once(child, "close");
      expect({ place: place.source, signal, talk }).toMatchObject({ signal: "SIGKILL" });
    };
    await killedAt(/— qps-100-run-1\n/);
    await killedAt(/performance test begins\n/);
    await killedAt(/writing the results\n/);
    await killedAt(/qps-110-run-1: \w/);
    await killedAt(/— qps-120-run-1\n(.*\n)+warming up/);
    await killedAt(/qps-100-run-2: \w+, .*\n— qps-110-run-2/);
    const last = start();
    last.stderr.resume();
    expect(await once(last, "close")).toEqual([0, null]);

    const record = await readSweep(output);
    const expected = [1, 2].flatMap((repeat) => [100, 110, 120].map((qps) => `qps-${qps}-run-${repeat}`));
    expect(record.state).toBe("finished");
    expect(names(record)).toEqual(expected);
    expect(readdirSync(output).sort()).toEqual(["points", "report.html", "sweep.json"]);
    expect(readdirSync(join(output, "points")).sort()).toEqual(expected.toSorted());
    for (const { folder: place, load, repeat } of record.runs) {
      const { config, requests } = await readRecord(join(output, place));
      expect(config).toMatchObject({ targetQps: load, seed: 42 + 3 * repeat });
      expect(requests.completed).toBe(requests.issued);
      expect(existsSync(join(output, place, "requests.parquet"))).toBe(true);
    }
  });
});

describe("--find-max", () => {
  it("finds the limit of a real server, ends hopeless trials early, and replays what it knows", {
    tags: ["slow"],
    timeout: 120_000,
  }, async () => {
    const task = { kind: "find-max", resolution: 0.2, confirmations: 1, trialQueries: 300 } as const;
    const flags = { targetQps: 70, percentile: 90, maxTokens: tokens };
    const output = join(folder, "find-max");
    const { record } = await sweepSim(
      { task },
      { ...flags, minQueries: undefined, duration: undefined },
      output,
    );
    const { search } = record;
    expect(search).toMatchObject({ found: true, confirmations: 1, resolution: 0.2 });
    expect(record.capacity).toBeNull();
    // Trials of 300 queries lean to VALID a little beyond the capacity.
    expect(search?.qps).toBeGreaterThan(0.5 * capacity);
    expect(search?.qps).toBeLessThan(1.2 * capacity);

    const early = record.runs.filter(({ endedEarly }) => endedEarly);
    expect(early.length).toBeGreaterThan(0);
    for (const { folder: place, state } of early) {
      const { reasons, loadgen } = await readRecord(join(output, place));
      expect(state).toBe("aborted");
      expect(reasons[0]?.reason).toMatch(/more requests were over their limit/i);
      // One that was about to end by itself has its verdict.
      expect([null, "INVALID"]).toContain(loadgen?.validity);
    }
    const table = renderSweep(record);
    expect(table).toContain(`Highest VALID  ${search?.qps} QPS, VALID in 1 of 1 confirmation runs`);
    expect(table).toContain("Resolution     20 %, by trials of 300 queries");

    const again = await sweepSim({ task }, { ...flags, minQueries: undefined, duration: undefined }, output);
    expect(again.record.search).toEqual(search);
    expect(again.events.filter(({ kind }) => kind === "run-begins")).toEqual([]);
  });

  it("what would end early is INVALID when it is let go on", async () => {
    const { record, folder: output } = await sweepSim({ task: { kind: "qps", points: { loads: [140] } } });
    const overLatency: { count: number; allowed: number }[] = [];
    let mostQueries = 0;
    const watched = await readRecord(join(output, "points/qps-140-run-1"));
    await run(
      loadRunConfig({ flags: { ...flagsFor(join(folder, "watched")), targetQps: 140, minQueries: 200 } }),
      {
        listener: {
          onEvent: (event) => {
            if (event.kind !== "snapshot") return;
            if (event.snapshot.overLatency) overLatency.push(event.snapshot.overLatency);
            mostQueries = event.snapshot.mostQueries ?? 0;
          },
        },
      },
    );
    expect(watched.loadgen?.validity).toBe("INVALID");
    expect(record.runs[0]).toMatchObject({ state: "invalid", endedEarly: false });
    const final = await readRecord(join(folder, "watched"));
    expect(final.loadgen?.validity).toBe("INVALID");
    expect(mostQueries).toBeGreaterThanOrEqual(final.requests.issued);
    const last = overLatency.at(-1);
    expect(last?.count).toBeGreaterThan(last?.allowed ?? Number.POSITIVE_INFINITY);
    const queries = loadgenNumber(final.loadgen as NonNullable<typeof final.loadgen>, "result_query_count");
    expect(last?.count).toBeLessThanOrEqual(queries ?? 0);
  });

  it("ends a trial of which too many requests fail, and takes it for not VALID", async () => {
    const task = { kind: "find-max", resolution: 0.2, confirmations: 1, trialQueries: 300 } as const;
    const overloaded = await spawnSim({ faults: [{ kind: "status-503", everyNth: 2 }] });
    const stop = new AbortController();
    try {
      const { record, folder: output } = await sweepSim(
        {
          task,
          signal: stop.signal,
          listener: {
            onSweepEvent: (event) => {
              if (event.kind === "run-begins" && event.name.startsWith("trial-02")) stop.abort();
            },
          },
        },
        { endpoint: overloaded.url, targetQps: 40, minQueries: undefined },
      );
      expect(record.runs).toMatchObject([{ load: 40, state: "aborted", endedEarly: true }]);
      const { reasons, requests } = await readRecord(join(output, record.runs[0]?.folder ?? ""));
      expect(reasons[0]?.reason).toMatch(/^More requests failed than --max-error-rate allows/);
      // A trial of the bracket has 64.
      expect(requests.issued).toBeLessThan(60);
    } finally {
      await overloaded.stop();
    }
  });

  it("does not mistake a server that fails for one that is slow", async () => {
    const task = { kind: "find-max", resolution: 0.2, confirmations: 1, trialQueries: 300 } as const;
    const broken = await spawnSim({ faults: [{ kind: "error-event", afterRequests: 8 }] });
    try {
      const search = sweepSim({ task }, { endpoint: broken.url, targetQps: 100, minQueries: undefined });
      await expect(search).rejects.toMatchObject({
        code: "TRIAL_UNUSABLE",
        message: expect.stringMatching(
          /^trial-01-bracket-qps-100 is failed, and not for its load: .* requests failed/,
        ),
      });
    } finally {
      await broken.stop();
    }
  });
});

describe("what does not fit together", () => {
  it("is reported at once, before anything runs", async () => {
    const flags = { mode: "all", scenario: "single-stream", targetQps: 3 };
    await expect(sweepSim({}, flags)).rejects.toMatchObject({
      code: "SWEEP_INVALID",
      problems: [{ where: "--mode" }, { where: "--scenario" }, { where: "--target-qps" }],
    });
    const concurrency = { kind: "concurrency", points: { loads: [1] } } as const;
    await expect(
      sweepSim({ task: concurrency }, { scenario: "server", connections: 4 }),
    ).rejects.toMatchObject({
      problems: [{ where: "--scenario" }, { where: "--connections" }],
    });
    const search = { kind: "find-max", resolution: 0.05, confirmations: 1, trialQueries: 100 } as const;
    await expect(sweepSim({ task: search }, { percentile: 99 })).rejects.toMatchObject({
      problems: [{ where: "--trial-queries" }, { where: "--min-queries" }],
    });
  });
});
