import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadRunConfig } from "#src/config/load-run-config.js";
import type { RunRecord } from "#src/results/record.js";
import { readRequests } from "#src/results/requests-parquet.js";
import { readRecord } from "#src/results/store.js";
import { run } from "#src/run.js";
import type { RunEvent } from "#src/run-events.js";
import type { RunningServer } from "#src/server/running-server.js";
import type { SimOptions } from "#src/server/sim-options.js";
import { spawnSim } from "#src/server/sim-process.js";
import { childPids } from "./child-processes.js";
import { runScript, temporaryFolder } from "./child-script.ts";

// Whole runs against the simulator: real processes, real sockets, real LoadGen.

const folder = temporaryFolder();
let runs = 0;

interface Observed {
  record: RunRecord;
  folder: string;
  events: RunEvent[];
}

async function runAgainst(
  servers: RunningServer[],
  flags: Record<string, unknown>,
  watch: (event: RunEvent, stop: AbortController) => void = () => undefined,
): Promise<Observed> {
  const output = join(folder, `run-${runs++}`);
  const events: RunEvent[] = [];
  const stop = new AbortController();
  const config = loadRunConfig({
    flags: {
      endpoint: servers.map(({ url }) => url),
      targetQps: 60,
      duration: "1s",
      minQueries: 64,
      percentile: 90,
      maxTokens: 8,
      datasetOption: ["size=32"],
      output,
      ...flags,
    },
  });
  const record = await run(config, {
    signal: stop.signal,
    listener: {
      onEvent: (event) => {
        events.push(event);
        watch(event, stop);
      },
    },
  });
  return { record, folder: output, events };
}

async function withSim<Value>(
  options: SimOptions,
  use: (sim: RunningServer) => Promise<Value>,
): Promise<Value> {
  const sim = await spawnSim({
    ttft: { shape: "fixed", ms: 10 },
    itl: { shape: "fixed", ms: 2 },
    ...options,
  });
  try {
    return await use(sim);
  } finally {
    await sim.stop();
  }
}

describe("a run", () => {
  let sim: RunningServer;

  beforeAll(async () => {
    sim = await spawnSim({ ttft: { shape: "fixed", ms: 20 }, itl: { shape: "fixed", ms: 4 } });
  });
  afterAll(() => sim.stop());

  it("in Server is judged by LoadGen and recorded whole", async () => {
    const { record, folder: output, events } = await runAgainst([sim], { duration: "2s" });
    expect(record).toMatchObject({
      schema: "flexbench.run/1",
      state: "valid",
      reasons: [],
      simulated: true,
      label: "not verified by MLCommons",
      loadgen: { version: "6.0.17", scenario: "Server", mode: "performance", validity: "VALID", errors: [] },
      requests: { failed: 0, byError: [] },
      metrics: { tokenCountSource: "usage" },
      endpoints: [{ url: sim.url, failed: 0 }],
    });
    const { metrics, loadgen, requests } = record;
    expect(requests.completed).toBe(requests.issued);
    expect(requests.issued).toBe(loadgen?.summary.result_query_count);
    expect(metrics.tokensPerSecond).toBe(loadgen?.summary.result_completed_tokens_per_second);
    expect(metrics.samplesPerSecond).toBe(loadgen?.summary.result_completed_samples_per_sec);
    expect(metrics.ttftNs?.p50).toBeGreaterThan(20e6);
    expect(metrics.ttftNs?.p50).toBeLessThan(40e6);
    expect(metrics.tpotNs?.p50).toBeGreaterThan(3e6);
    expect(metrics.tpotNs?.p50).toBeLessThan(6e6);
    expect(metrics.outputTokens).toBe(requests.completed * 8);

    expect(readdirSync(output).sort()).toEqual([
      "config.yaml",
      "events.jsonl",
      "loadgen",
      "record.json",
      "report.html",
      "requests.parquet",
      "server-metrics.parquet",
    ]);
    expect(await readRecord(output)).toEqual(JSON.parse(JSON.stringify(record)));
    const rows = await readRequests(join(output, "requests.parquet"));
    expect(rows.length).toBe(requests.issued);
    const { scheduledNs, issuedNs, sentNs, firstByteNs, firstTokenNs, lastTokenNs, completedNs } =
      rows.columns;
    for (let i = 0; i < rows.length; i++) {
      const times = [scheduledNs, issuedNs, sentNs, firstByteNs, firstTokenNs, lastTokenNs, completedNs].map(
        (column) => column[i] as number,
      );
      // The schedule is read on the wall clock and set on the monotonic one.
      expect(times[1]).toBeGreaterThan((times[0] as number) - 50_000);
      expect(times.slice(1)).toEqual(times.slice(1).toSorted((a, b) => a - b));
    }
    expect(events.filter((event) => event.kind === "phase").map(({ phase }) => phase)).toEqual([
      "warmup",
      "performance",
      "report",
    ]);
    const snapshots = events.filter((event) => event.kind === "snapshot");
    expect(snapshots.length).toBeGreaterThan(4);
    expect(snapshots.at(-1)?.snapshot.recentTtftNs?.p50).toBeGreaterThan(20e6);
  });

  it.each([
    ["offline", "Offline", { duration: "20ms" }],
    ["single-stream", "SingleStream", {}],
    ["multi-stream", "MultiStream", { minQueries: 8 }],
    ["interactive", "Server", {}],
  ])("in %s", async (scenario, loadgenScenario, flags) => {
    const { record } = await runAgainst([sim], { scenario, duration: "500ms", ...flags });
    // Token ids are what the simulator returns; LoadGen's errors would show if a report were missing.
    expect(record.loadgen).toMatchObject({ scenario: loadgenScenario, errors: [] });
    expect(record.requests).toMatchObject({ failed: 0 });
    expect(record.state).toMatch(/^(valid|invalid)$/);
    if (scenario === "offline" || scenario === "interactive") expect(record.state).toBe("valid");
  });

  it("over the chat API, with workers and a given connection limit", async () => {
    const { record } = await runAgainst([sim], {
      api: "chat",
      workers: 2,
      connections: 3,
      scenario: "offline",
    });
    expect(record).toMatchObject({ state: "valid", client: { workers: 2 }, requests: { failed: 0 } });
  });

  it("of both modes holds two tests", async () => {
    const { record, folder: output } = await runAgainst([sim], { mode: "all" });
    expect(record).toMatchObject({
      state: "valid",
      accuracy: { samples: 32, payload: "token-ids", loadgen: { mode: "accuracy", errors: [] } },
    });
    const log = JSON.parse(
      readFileSync(join(output, "loadgen-accuracy", "mlperf_log_accuracy.json"), "utf8"),
    );
    expect(log).toHaveLength(32);
    for (const entry of log) {
      // int32 token ids, the first one included.
      expect(entry.data).toHaveLength(8 * 8);
      expect(entry.token_count).toBe(8);
      expect(entry.data.startsWith(entry.token_data)).toBe(true);
    }
  });

  it("of accuracy alone has counts and no figures of speed", async () => {
    const { record } = await runAgainst([sim], { mode: "accuracy", scenario: "offline" });
    expect(record).toMatchObject({
      state: "valid",
      metrics: { samplesPerSecond: null, ttftNs: null },
      requests: { completed: 32 },
      accuracy: { samples: 32 },
    });
  });

  it("that misses its limits is INVALID, with the reason and what to change", async () => {
    const { record } = await runAgainst([sim], { ttftLimit: "5ms" });
    expect(record).toMatchObject({ state: "invalid", loadgen: { validity: "INVALID" } });
    expect(record.reasons.map(({ reason }) => reason).join(" ")).toMatch(/TTFT p90 is .* over the limit/);
    expect(record.reasons.every(({ remedy }) => remedy !== null)).toBe(true);
    expect(record.metrics.goodput?.share).toBe(0);
  });

  it("with the same seed issues the same samples", async () => {
    const samples = async (seed: number) => {
      const { folder: output } = await runAgainst([sim], { seed, duration: "500ms" });
      const { columns } = await readRequests(join(output, "requests.parquet"));
      const order = [...columns.scheduledNs.keys()].sort(
        (a, b) => (columns.scheduledNs[a] as number) - (columns.scheduledNs[b] as number),
      );
      return order.map((row) => columns.sample[row]);
    };
    const [first, second, other] = [await samples(7), await samples(7), await samples(8)];
    expect(second).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it("refuses what LoadGen must not see, and leaves no folder", async () => {
    await expect(runAgainst([sim], { minQueries: 1, duration: "1ms" })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      exitCode: 2,
    });
    const flags = { endpoint: [sim.url], targetQps: 60, duration: "1ms", output: join(folder, "refused") };
    await expect(run({ ...loadRunConfig({ flags }), minQueries: 1 })).rejects.toMatchObject({
      code: "SETTINGS_INVALID",
      exitCode: 2,
    });
    expect(readdirSync(folder).filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("that is refused lets its process end", async () => {
    const flags = { endpoint: [sim.url], targetQps: 60, output: join(folder, "ends") };
    const { code, stdout } = await runScript(
      `import { loadRunConfig } from "#src/config/load-run-config.js";
      import { run } from "#src/run.js";
      const config = loadRunConfig({ flags: ${JSON.stringify(flags)} });
      await run({ ...config, minQueries: 1 }).catch((error) => console.log(error.code));`,
      25_000,
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: "SETTINGS_INVALID\n" });
  }, 60_000);
});

describe("several endpoints", () => {
  it("share the load by what they have outstanding", async () => {
    await withSim({}, (fast) =>
      withSim({ itl: { shape: "fixed", ms: 20 } }, async (slow) => {
        const { record } = await runAgainst([fast, slow], { duration: "2s" });
        const [quick, tardy] = record.endpoints;
        expect(record.state).toBe("valid");
        expect(tardy?.requests).toBeGreaterThan(0);
        expect(quick?.requests).toBeGreaterThan(tardy?.requests ?? 0);
      }),
    );
  });
});

describe("several endpoints, one of which dies", () => {
  it("go on without it; its requests are counted as failed", async () => {
    await withSim({}, (survivor) =>
      withSim({}, async (victim) => {
        let isAlive = true;
        const { record } = await runAgainst(
          [survivor, victim],
          { duration: "3s", maxErrorRate: 0.9, percentile: 50 },
          (event) => {
            if (!isAlive || event.kind !== "snapshot" || event.snapshot.completed < 30 || victim.pid === null)
              return;
            isAlive = false;
            process.kill(victim.pid, "SIGKILL");
          },
        );
        const [living, dead] = record.endpoints;
        expect(living).toMatchObject({ failed: 0, takenOut: false });
        expect(dead?.takenOut).toBe(true);
        expect(dead?.failed).toBeGreaterThanOrEqual(3);
        // Three refused connections and what was on its way: no more.
        expect(dead?.failed).toBeLessThan(15);
        expect(living?.requests).toBeGreaterThan(2 * (dead?.requests ?? 0));
        expect(living?.outputTokens).toBe((living?.requests ?? 0) * 8);
        expect(record.requests.failed).toBe(dead?.failed);
        expect(record.state).not.toBe("failed");
      }),
    );
  });
});

describe("a client that is starved", () => {
  it("of connections says so", async () => {
    await withSim({}, async (sim) => {
      const { record } = await runAgainst([sim], { connections: 1 });
      expect(record.client?.saturated).toBe(true);
      expect(record.client?.why).toMatch(/connection/);
    });
  });

  it("of its processor says so", async () => {
    await withSim({}, async (sim) => {
      const before = new Set(childPids());
      let stopped = 0;
      const { record } = await runAgainst([sim], { duration: "2s", targetQps: 200 }, (event) => {
        if (event.kind !== "snapshot" || stopped > 2) return;
        stopped += 1;
        for (const pid of childPids().filter((candidate) => !before.has(candidate))) {
          process.kill(pid, "SIGSTOP");
          setTimeout(() => process.kill(pid, "SIGCONT"), 150);
        }
      });
      expect(record.client?.saturated).toBe(true);
      expect(record.client?.why).toMatch(/after LoadGen's schedule|event loop/);
      expect(record.client?.dispatchDelayNs?.p99).toBeGreaterThan(50e6);
    });
  });

  it("is not said of one that keeps up", async () => {
    await withSim({}, async (sim) => {
      const { record } = await runAgainst([sim], { duration: "2s" });
      expect(record.client).toMatchObject({ saturated: false, why: null });
    });
  });

  it("cannot ask for more connections than the machine has", async () => {
    await withSim({}, (sim) =>
      expect(runAgainst([sim], { connections: 10_000_000 })).rejects.toMatchObject({
        code: "TOO_MANY_CONNECTIONS",
        message: expect.stringMatching(/open files|local ports/),
      }),
    );
  });
});

describe("connections", () => {
  it("are open before the test: no request waits for one", async () => {
    await withSim({ ttft: { shape: "fixed", ms: 100 } }, async (sim) => {
      const { folder: output } = await runAgainst([sim], { duration: "1s", targetQps: 100, warmup: 2 });
      const { columns, length } = await readRequests(join(output, "requests.parquet"));
      const delays = Array.from(
        { length },
        (_, i) => (columns.sentNs[i] as number) - (columns.issuedNs[i] as number),
      );
      expect(delays.sort((a, b) => a - b)[Math.floor(length / 2)]).toBeLessThan(2e6);
    });
  });
});

describe("a run with failures", () => {
  it("is failed, counts them by cause and leaves them out of the figures", async () => {
    await withSim(
      { faults: [{ kind: "error-after-tokens", everyNth: 4, afterRequests: 8 }] },
      async (sim) => {
        const { record } = await runAgainst([sim], {});
        expect(record.state).toBe("failed");
        expect(record.requests.failed).toBeGreaterThan(5);
        expect(record.requests.byError).toMatchObject([
          { code: "ERROR_EVENT", count: record.requests.failed },
        ]);
        expect(record.requests.completed + record.requests.failed).toBe(record.requests.issued);
        expect(record.metrics.outputTokens).toBe(record.requests.completed * 8);
      },
    );
  });

  it("that stay below --max-error-rate is judged by LoadGen", async () => {
    await withSim({ faults: [{ kind: "status-503", everyNth: 10, afterRequests: 8 }] }, async (sim) => {
      const { record } = await runAgainst([sim], { maxErrorRate: 0.2, percentile: 80 });
      expect(record.requests.byError).toMatchObject([{ code: "HTTP_503" }]);
      expect(record.state).toBe("valid");
    });
  });

  it("times out a request that never ends, and ends", async () => {
    await withSim({ faults: [{ kind: "hang-mid-stream", afterRequests: 20, times: 1 }] }, async (sim) => {
      const { record } = await runAgainst([sim], { timeout: "1s" });
      expect(record.state).toBe("failed");
      expect(record.requests.byError).toMatchObject([{ code: "TIMEOUT_STREAM", count: 1 }]);
    });
  });

  it("survives the death of the server", async () => {
    await withSim({}, async (sim) => {
      let isAlive = true;
      const { record } = await runAgainst([sim], { duration: "2s" }, (event) => {
        if (!isAlive || event.kind !== "snapshot" || event.snapshot.completed < 20 || sim.pid === null)
          return;
        isAlive = false;
        process.kill(sim.pid, "SIGKILL");
      });
      expect(record.state).toBe("failed");
      expect(record.requests.completed).toBeGreaterThanOrEqual(20);
      expect(record.requests.byError.map(({ code }) => code)).toContain("CONNECT_REFUSED");
    });
  });
});

describe("a run that is cut short", () => {
  it("by its signal ends within two seconds with a record in state aborted", async () => {
    await withSim({}, async (sim) => {
      let abortedAt = 0;
      const { record, folder: output } = await runAgainst([sim], { duration: "60s" }, (event, stop) => {
        if (event.kind === "snapshot" && event.snapshot.completed > 10 && abortedAt === 0) {
          abortedAt = performance.now();
          stop.abort();
        }
      });
      expect(performance.now() - abortedAt).toBeLessThan(2000);
      expect(record.state).toBe("aborted");
      expect(record.requests.completed).toBeGreaterThan(10);
      expect(record.metrics.ttftNs).not.toBeNull();
      expect(readdirSync(output)).toContain("record.json");
    });
  });

  it("by the death of its test process is failed, with the cause", async () => {
    await withSim({}, async (sim) => {
      const before = new Set(childPids());
      const { record } = await runAgainst([sim], { duration: "60s" }, (event) => {
        if (event.kind !== "snapshot" || event.snapshot.completed < 10) return;
        for (const pid of childPids()) if (!before.has(pid)) process.kill(pid, "SIGSEGV");
      });
      expect(record.state).toBe("failed");
      expect(record.reasons[0]?.reason).toContain("CHILD_DIED");
      expect(record.reasons[0]?.reason).toContain("SIGSEGV");
    });
  });

  it("leaves no process behind", async () => {
    const before = childPids();
    await withSim({}, (sim) => runAgainst([sim], { duration: "300ms" }));
    expect(childPids().filter((pid) => !before.includes(pid))).toEqual([]);
  });
});

describe("an endpoint that cannot be used", () => {
  it.each([
    ["nobody listens", {}, { endpoint: ["http://127.0.0.1:1"] }, "ENDPOINT_REFUSED"],
    ["the key is missing", { apiKey: "secret" }, {}, "ENDPOINT_UNAUTHORIZED"],
    ["the model is not served", {}, { model: "other" }, "MODEL_NOT_FOUND"],
  ])("%s", async (_name, options, flags, code) => {
    await withSim(options, async (sim) => {
      await expect(runAgainst([sim], flags)).rejects.toMatchObject({ code, exitCode: 4 });
    });
  });

  it("is used with the right key, which stands nowhere in the files", async () => {
    await withSim({ apiKey: "very-secret" }, async (sim) => {
      const { record, folder: output } = await runAgainst([sim], { apiKey: "very-secret" });
      expect(record.state).toBe("valid");
      for (const file of ["record.json", "config.yaml"])
        expect(readFileSync(join(output, file), "utf8")).not.toContain("very-secret");
    });
  });
});
