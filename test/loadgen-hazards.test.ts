import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runScript, temporaryFolder } from "./child-script.ts";

// One test for each way in which LoadGen 6.0.17 crashes, hangs or writes garbage when it is misused. Each runs in a
// process of its own and must end with a clear error or a verdict.

const folder = temporaryFolder();
let runs = 0;

interface Scenario {
  /** Fields over `server`, the settings of a short valid test. */
  settings?: string;
  /** Fields of the request beside the settings. */
  request?: string;
  /** Statements before the request, e.g. helpers that it names. */
  before?: string;
  /** What to do with the request; must leave a line of JSON on stdout. */
  act?: string;
}

async function child({ settings = "", request = "", before = "", act }: Scenario, timeoutMs?: number) {
  const logs = join(folder, `logs-${runs++}`);
  const end = await runScript(
    `
    import { attachConsumer, createReporter, runTest } from "#src/loadgen/index.js";
    import { readLoadgenResult } from "#src/loadgen/verdict.js";
    const logs = ${JSON.stringify(logs)};
    const say = (value) => console.log(JSON.stringify(value));
    const answer = (batch, report) => {
      for (let i = 0; i < batch.count; i++) {
        report.firstToken(batch.slots[i]);
        report.complete(batch.slots[i], new Int32Array([1, 2, 3]), 3);
      }
    };
    ${before}
    const request = {
      settings: { scenario: "Server", serverTargetQps: 500, minDurationMs: 200, minQueryCount: 100, serverTargetLatencyPercentile: 0.9,
        useTokenLatencies: true, ${settings} },
      log: { outdir: logs },
      sut: { name: "null", issue: answer },
      library: { name: "library", totalSampleCount: 16 },
      stallTimeoutMs: 1000,
      ${request}
    };
    const run = async (request) => {
      try {
        const outcome = await runTest(request);
        const result = readLoadgenResult(outcome.log.outdir, { sourceSha256: "" });
        return { state: outcome.state, code: outcome.error?.code, validity: result.validity, errors: result.errors.length, loggedErrors: result.summary.num_errors,
          counters: outcome.counters, cause: outcome.error?.cause?.message };
      } catch (error) {
        return { threw: error.code, message: error.message };
      }
    };
    ${act ?? "say(await run(request));"}
    `,
    timeoutMs,
  );
  const lines = end.stdout
    .trim()
    .split("\n")
    .filter((line) => line.startsWith("{") || line.startsWith("["));
  return { ...end, said: lines.map((line) => JSON.parse(line)) };
}

/** The child ended by itself and said one thing. */
async function outcomeOf(scenario: Scenario, timeoutMs?: number) {
  const end = await child(scenario, timeoutMs);
  expect({ signal: end.signal, code: end.code, stderr: end.stderr }).toEqual({
    signal: null,
    code: 0,
    stderr: "",
  });
  expect(end.said).toHaveLength(1);
  return end.said[0];
}

describe("log folder", () => {
  it("is created when it is missing", async () => {
    expect(await outcomeOf({})).toMatchObject({ state: "completed", validity: "VALID", errors: 0 });
  });

  it("that cannot be created is an error, and the next test runs", async () => {
    const end = await child({
      act: `
        say(await run({ ...request, log: { outdir: "/proc/flexbench" } }));
        say(await run({ ...request, log: { outdir: "package.json" } }));
        say(await run(request));`,
    });
    expect(end.signal).toBeNull();
    expect(end.said[0]).toMatchObject({ threw: "LOG_FOLDER_UNWRITABLE" });
    expect(end.said[1]).toMatchObject({ threw: "LOG_FOLDER_UNWRITABLE" });
    expect(end.said[2]).toMatchObject({ state: "completed", validity: "VALID" });
  });

  it("with a folder where a log file belongs is an error that names the file", async () => {
    const outcome = await outcomeOf({
      before: `import { mkdirSync } from "node:fs"; mkdirSync(logs + "/mlperf_log_detail.txt", { recursive: true });`,
    });
    expect(outcome).toMatchObject({ threw: "LOG_FOLDER_UNWRITABLE" });
    expect(outcome.message).toContain("mlperf_log_detail.txt");
  });
});

describe("callbacks that throw", () => {
  it("from issue fail the test with the cause", async () => {
    const outcome = await outcomeOf({
      request: `sut: { name: "thrower", issue() { throw new Error("no luck"); } },`,
    });
    expect(outcome).toMatchObject({ state: "failed", code: "SUT_THREW", cause: "no luck" });
    expect(outcome.counters.failed).toBe(outcome.counters.issued);
  });

  it("from load and unload fail the test with the cause, and the next test runs", async () => {
    const end = await child({
      before: `const library = { name: "library", totalSampleCount: 16 };`,
      act: `
        say(await run({ ...request, library: { ...library, load() { throw new Error("no disk"); } } }));
        say(await run({ ...request, library: { ...library, async unload() { throw new Error("no end"); } } }));
        say(await run(request));`,
    });
    expect(end.signal).toBeNull();
    expect(end.said[0]).toMatchObject({ state: "failed", code: "LIBRARY_THREW", cause: "no disk" });
    expect(end.said[1]).toMatchObject({ state: "failed", code: "LIBRARY_THREW", cause: "no end" });
    expect(end.said[2]).toMatchObject({ state: "completed", validity: "VALID" });
  });
});

describe("samples that are never completed", () => {
  it("all of them: the watchdog ends the test", async () => {
    const outcome = await outcomeOf({ request: `sut: { name: "silent", issue() {} },` });
    expect(outcome).toMatchObject({ state: "failed", code: "SUT_STALLED" });
  });

  it.each(["Server", "Offline", "SingleStream", "MultiStream"])("one of them in %s", async (scenario) => {
    const outcome = await outcomeOf({
      settings: `scenario: "${scenario}", offlineExpectedQps: 100,`,
      before: "let dropped = false;",
      request: `sut: { name: "dropper", issue(batch, report) {
        for (let i = 0; i < batch.count; i++) {
          if (!dropped) { dropped = true; continue; }
          report.firstToken(batch.slots[i]);
          report.complete(batch.slots[i], new Int32Array([1, 2]), 2);
        } } },`,
    });
    expect(outcome).toMatchObject({ state: "failed", code: "SUT_STALLED" });
    expect(outcome.counters.failed).toBeGreaterThanOrEqual(1);
  });

  it("one that had its first token", async () => {
    const outcome = await outcomeOf({
      before: "let dropped = false;",
      request: `sut: { name: "dropper", issue(batch, report) {
        for (let i = 0; i < batch.count; i++) {
          report.firstToken(batch.slots[i]);
          if (!dropped) { dropped = true; continue; }
          report.complete(batch.slots[i], null ?? undefined, 2);
        } } },`,
    });
    expect(outcome).toMatchObject({ state: "failed", code: "SUT_STALLED", counters: { failed: 1 } });
  });
});

describe("tests one after the other and at once", () => {
  it("AbortTest is not offered", async () => {
    const outcome = await outcomeOf({
      act: `import * as loadgen from "#src/loadgen/index.js";
        say({ names: Object.keys(loadgen).filter((name) => /abort/i.test(name)) });`,
    });
    expect(outcome).toEqual({ names: [] });
  });

  it("two at once: the second is refused, the first ends", async () => {
    const end = await child({
      act: "const both = await Promise.all([run(request), run({ ...request, log: { outdir: logs + '-2' } })]); say(both);",
    });
    expect(end.signal).toBeNull();
    expect(end.said[0]).toMatchObject([{ state: "completed", validity: "VALID" }, { threw: "TEST_RUNNING" }]);
  });

  it("several in a row", async () => {
    const end = await child({ act: "for (let i = 0; i < 3; i++) say(await run(request));" });
    expect(end.signal).toBeNull();
    for (const outcome of end.said)
      expect(outcome).toMatchObject({ state: "completed", validity: "VALID", errors: 0 });
    expect(end.said).toHaveLength(3);
  });

  it("with issue threads: one to a process", { tags: ["slow"] }, async () => {
    const before =
      "const threads = (n) => ({ ...request, settings: { ...request.settings, serverNumIssueQueryThreads: n } });";
    const first = await child({
      before: "",
      act: `${before} say(await run(threads(2))); say(await run(request));`,
    });
    expect(first.signal).toBeNull();
    expect(first.said[0]).toMatchObject({ state: "completed", validity: "VALID", errors: 0 });
    expect(first.said[1]).toMatchObject({ threw: "ISSUE_THREADS_NEED_PROCESS" });
    const second = await child({ act: `${before} say(await run(request)); say(await run(threads(2)));` });
    expect(second.said[1]).toMatchObject({ threw: "ISSUE_THREADS_NEED_PROCESS" });
  });

  it("official settings twice in one process log no error about several conf files", async () => {
    const end = await child({
      settings:
        "minQueryCount: 50, sampleConcatenatePermutation: false, serverTtftLatency: 1e9, serverTpotLatency: 1e9,",
      request: `conf: { model: "llama3_1-8b" },`,
      act: "say(await run(request)); say(await run(request));",
    });
    expect(end.said[0]).toMatchObject({ state: "completed", validity: "VALID", errors: 0 });
    expect(end.said[1]).toMatchObject({ state: "completed", validity: "VALID", errors: 0 });
  });
});

describe("slots", () => {
  it("that are unknown, repeated or late are clear errors", async () => {
    const outcome = await outcomeOf({
      before: `const codes = []; let first = null;
        const attempt = (action) => { try { action(); codes.push("accepted"); } catch (error) { codes.push(error.code); } };`,
      request: `sut: { name: "careless", issue(batch, report) {
        if (first === null) {
          first = batch.slots[0];
          for (const slot of [0, 1, -1, 1.5, NaN, Infinity, 2 ** 52, first + 2 ** 26])
            attempt(() => report.complete(slot, undefined, 2));
          attempt(() => report.complete(first, undefined, 2));
          attempt(() => report.firstToken(first));
          attempt(() => report.firstToken(first));
          attempt(() => report.complete(first, undefined, 2));
          attempt(() => report.complete(first, undefined, 2));
          attempt(() => report.firstToken(first));
          for (let i = 1; i < batch.count; i++) { report.firstToken(batch.slots[i]); report.complete(batch.slots[i], undefined, 2); }
        } else answer(batch, report);
      } },`,
      act: `const outcome = await run(request);
        attempt(() => createReporter().complete(first, undefined, 2));
        attempt(() => createReporter().fail(first));
        say({ ...outcome, codes });`,
    });
    expect(outcome).toMatchObject({ state: "completed", validity: "VALID", errors: 0 });
    expect(outcome.codes).toEqual([
      ...Array(8).fill("SLOT_UNKNOWN"),
      "FIRST_TOKEN_MISSING",
      "accepted",
      "FIRST_TOKEN_REPEATED",
      "accepted",
      "SLOT_COMPLETED",
      "SLOT_COMPLETED",
      "SLOT_LATE",
      "SLOT_LATE",
    ]);
  });

  it("whose completion comes from another thread than the first token are refused", async () => {
    const outcome = await outcomeOf({
      before: `import { Worker } from "node:worker_threads";
        const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(
          \`import { parentPort } from "node:worker_threads";
           const { createReporter } = await import("\${import.meta.resolve("#src/loadgen/index.js")}");
           parentPort.on("message", (slot) => {
             try { createReporter().complete(slot, undefined, 2); parentPort.postMessage("accepted"); }
             catch (error) { parentPort.postMessage(error.code); }
           });\`)));
        let asked = false;`,
      request: `sut: { name: "two threads", issue(batch, report) {
        if (asked) return answer(batch, report);
        asked = true;
        const slots = [...batch.slots.slice(0, batch.count)];
        for (const slot of slots) report.firstToken(slot);
        worker.postMessage(slots[0]);
        worker.once("message", (code) => { globalThis.code = code; for (const slot of slots) report.complete(slot, undefined, 2); });
      } },`,
      act: "const outcome = await run(request); await worker.terminate(); say({ ...outcome, code: globalThis.code });",
    });
    expect(outcome).toMatchObject({ state: "completed", code: "SLOT_OTHER_THREAD", errors: 0 });
  });

  it("without a first token cannot be completed in accuracy mode, only failed", async () => {
    const outcome = await outcomeOf({
      settings: `mode: "AccuracyOnly",`,
      request: `sut: { name: "no first token", issue(batch, report) {
        for (let i = 0; i < batch.count; i++) {
          try { report.complete(batch.slots[i], new Int32Array([1, 2]), 2); } catch { report.fail(batch.slots[i]); }
        } } },`,
    });
    expect(outcome).toMatchObject({ state: "completed", counters: { issued: 16, completed: 0, failed: 16 } });
    expect(outcome.errors).toBeGreaterThan(0);
  });

  it.each([0, 1, -5])("with %i tokens are logged by LoadGen as errors and end the test", async (tokens) => {
    const outcome = await outcomeOf({
      request: `sut: { name: "short", issue(batch, report) {
        for (let i = 0; i < batch.count; i++) { report.firstToken(batch.slots[i]); report.complete(batch.slots[i], undefined, ${tokens}); }
      } },`,
    });
    expect(outcome.state).toBe("completed");
    expect(outcome.loggedErrors).toBe(outcome.counters.issued);
  });
});

describe("settings that LoadGen must not see", () => {
  it.each([
    ["an empty library", "", `library: { name: "empty", totalSampleCount: 0 },`, "totalSampleCount"],
    ["a rate of 0", "serverTargetQps: 0,", "", "serverTargetQps"],
    ["a rate of NaN", "serverTargetQps: NaN,", "", "serverTargetQps"],
    ["an infinite rate", "serverTargetQps: Infinity,", "", "serverTargetQps"],
    ["a negative rate", "serverTargetQps: -1,", "", "serverTargetQps"],
    ["a tiny rate", "serverTargetQps: 1e-12,", "", "serverTargetQps"],
    [
      "a rate whose schedule does not fit in memory",
      "serverTargetQps: 1e9, minDurationMs: 600000,",
      "",
      "serverTargetQps",
    ],
    [
      "an expected latency of 0",
      `scenario: "SingleStream", singleStreamExpectedLatencyNs: 0,`,
      "",
      "singleStreamExpectedLatencyNs",
    ],
    [
      "no query with equal issue",
      "sampleConcatenatePermutation: true, minQueryCount: 0,",
      "",
      "minQueryCount",
    ],
    ["a single query", "minQueryCount: 1, minDurationMs: 0,", "", "minQueryCount"],
    ["the 100th percentile", "serverTargetLatencyPercentile: 1,", "", "serverTargetLatencyPercentile"],
    [
      "more unique samples than there are",
      `scenario: "Offline", performanceIssueUnique: true, performanceSampleCountOverride: 17,`,
      "",
      "performanceSampleCountOverride",
    ],
    [
      "unique and same samples at once",
      "performanceIssueUnique: true, performanceIssueSame: true,",
      "",
      "performanceIssueSame",
    ],
    [
      "a same index outside the set",
      "performanceIssueSame: true, performanceIssueSameIndex: 16,",
      "",
      "performanceIssueSameIndex",
    ],
    ["a limit below the minimum of queries", "maxQueryCount: 10,", "", "maxQueryCount"],
    ["a limit below the minimum duration", "maxDurationMs: 10,", "", "maxDurationMs"],
    ["a quote in the SUT's name", "", `sut: { name: 'a "name"', issue: answer },`, "sut.name"],
    [
      "a line break in the library's name",
      "",
      `library: { name: "a\\nb", totalSampleCount: 16 },`,
      "library.name",
    ],
    [
      "no scaling factor for inferred tokens",
      "inferTokenLatencies: true, tokenLatencyScalingFactor: 0,",
      "",
      "tokenLatencyScalingFactor",
    ],
    [
      "issue threads outside Server",
      `scenario: "Offline", serverNumIssueQueryThreads: 2,`,
      "",
      "serverNumIssueQueryThreads",
    ],
    ["an unknown field", "serverTargetQPS: 5,", "", "serverTargetQPS"],
    ["a rate that is text", `serverTargetQps: "5",`, "", "serverTargetQps"],
    ["half a query", "minQueryCount: 2.5,", "", "minQueryCount"],
    ["an unknown scenario", `scenario: "Interactive",`, "", "scenario"],
  ])("%s", async (_name, settings, request, field) => {
    const outcome = await outcomeOf({ settings, request });
    expect(outcome).toMatchObject({ threw: "SETTINGS_INVALID" });
    expect(outcome.message.split("\n").map((line: string) => line.split(":")[0])).toContain(field);
  });

  it("are all named at once", async () => {
    const outcome = await outcomeOf({
      settings: "serverTargetQps: 0, minQueryCount: 1, serverTargetLatencyPercentile: 0,",
    });
    expect(outcome.message.split("\n")).toHaveLength(3);
  });

  it("equal issue with a performance set of 0 means all samples, and ends", async () => {
    const outcome = await outcomeOf({
      settings: `scenario: "SingleStream", sampleConcatenatePermutation: true, singleStreamExpectedLatencyNs: 1e6,`,
      request: `library: { name: "library", totalSampleCount: 16, performanceSampleCount: 0 },`,
    });
    expect(outcome).toMatchObject({ state: "completed" });
  });

  it("an audit file is checked for what it would do to them", async () => {
    const outcome = await outcomeOf({
      before: `import { mkdirSync, writeFileSync } from "node:fs"; mkdirSync(logs, { recursive: true });
        writeFileSync(logs + "/audit.config", "*.*.performance_issue_unique = 1\\n*.*.performance_sample_count_override = 990\\n");`,
      settings: `scenario: "Offline",`,
      request: `auditConfig: logs + "/audit.config",`,
    });
    expect(outcome).toMatchObject({ threw: "SETTINGS_INVALID" });
    expect(outcome.message).toContain("audit.config: performanceSampleCountOverride");
  });

  it("a stray audit.config in the working directory is not read", async () => {
    const outcome = await outcomeOf({
      before: `import { mkdirSync, writeFileSync } from "node:fs"; mkdirSync(logs, { recursive: true });
        writeFileSync(logs + "/audit.config", "*.*.min_query_count = 3\\n*.*.min_duration = 0\\n");
        process.chdir(logs);`,
      act: `const outcome = await run(request); say({ ...outcome, enough: outcome.counters.issued >= 100 });`,
    });
    expect(outcome).toMatchObject({ state: "completed", enough: true });
  });

  it("a user.conf that LoadGen would drop or misread is an error with its line", async () => {
    const outcome = await outcomeOf({
      before: `import { mkdirSync, writeFileSync } from "node:fs"; mkdirSync(logs, { recursive: true });
        writeFileSync(logs + "/user.conf", "# good\\n*.Server.target_qps = 5\\n*.Server.min_duration=10\\n*.Server.target_qps = 5 # why\\n" +
          "*.Interactive.target_qps = 3\\n*.Server.target_qsp = 3\\n*.*.qsl_rng_seed = 1\\n*.Server.min_query_count = 2.7\\n");`,
      request: `conf: { model: "llama3_1-8b", userConf: logs + "/user.conf" },`,
    });
    expect(outcome).toMatchObject({ threw: "CONF_INVALID" });
    expect(outcome.message.match(/user\.conf:(\d+)/g)).toEqual(
      [3, 4, 5, 6, 7, 8].map((line) => `user.conf:${line}`),
    );
  });
});

describe("the end of the process", () => {
  it("by process.exit during a test leaves with the given code and one sentence", async () => {
    const end = await child({
      act: "setTimeout(() => process.exit(7), 100); await run({ ...request, stallTimeoutMs: 60000, sut: { name: 'silent', issue() {} } });",
    });
    expect(end).toMatchObject({ code: 7, signal: null });
    expect(end.stderr).toBe(
      "flexbench: the process ended during a LoadGen test; the test's logs are incomplete\n",
    );
  });

  it("by an uncaught exception during a test leaves with code 1", async () => {
    const end = await child({
      act: "setTimeout(() => { throw new Error('boom'); }, 100); await run({ ...request, sut: { name: 'silent', issue() {} } });",
    });
    expect(end).toMatchObject({ code: 1, signal: null });
    expect(end.stderr).toContain("boom");
  });

  it("by itself after a test: nothing keeps it", async () => {
    expect(await outcomeOf({}, 5000)).toMatchObject({ state: "completed" });
  });

  it("of a worker thread that holds samples: they are failed, the others go on", async () => {
    const outcome = await outcomeOf({
      settings: "minDurationMs: 800,",
      before: `import { Worker } from "node:worker_threads";
        const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(
          \`import { parentPort } from "node:worker_threads";
           const { attachConsumer } = await import("\${import.meta.resolve("#src/loadgen/index.js")}");
           attachConsumer({ issue(batch, report) { for (let i = 0; i < batch.count; i++) report.firstToken(batch.slots[i]); } }, () => {});
           parentPort.postMessage("attached");\`)));
        await new Promise((resolve) => worker.once("message", resolve));`,
      act: "setTimeout(() => worker.terminate(), 300); say(await run({ ...request, stallTimeoutMs: 60000 }));",
    });
    expect(outcome.state).toBe("completed");
    expect(outcome.counters.failed).toBeGreaterThan(0);
    expect(outcome.counters.completed).toBeGreaterThan(100);
    expect(outcome.counters.completed + outcome.counters.failed).toBe(outcome.counters.issued);
  });

  it("of the worker thread that started the test: the process still ends", async () => {
    const end = await child({
      act: `
        import { Worker } from "node:worker_threads";
        const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(
          \`import { parentPort } from "node:worker_threads";
           const { runTest } = await import("\${import.meta.resolve("#src/loadgen/index.js")}");
           setTimeout(() => parentPort.postMessage("running"), 100);
           await runTest({ settings: { scenario: "Server", serverTargetQps: 500, minDurationMs: 400 },
             log: { outdir: \${JSON.stringify(logs)} }, sut: { name: "silent", issue() {} },
             library: { name: "library", totalSampleCount: 16 } });\`)));
        await new Promise((resolve) => worker.once("message", resolve));
        await worker.terminate();
        say({ terminated: true });`,
    });
    expect(end).toMatchObject({ code: 0, signal: null, said: [{ terminated: true }] });
  });
});

describe("limits that LoadGen itself enforces", () => {
  it("too many outstanding queries end the test with an error line and a verdict", async () => {
    const outcome = await outcomeOf({
      settings: "serverMaxAsyncQueries: 5,",
      request: `sut: { name: "slow", issue(batch, report) {
        const slots = batch.slots.slice(0, batch.count);
        setTimeout(() => { for (const slot of slots) { report.firstToken(slot); report.complete(slot, undefined, 2); } }, 100);
      } },`,
    });
    expect(outcome).toMatchObject({ state: "completed" });
    expect(outcome.errors).toBeGreaterThan(0);
  });

  it("Offline in token mode runs: the library is compiled without standard-library assertions", async () => {
    const outcome = await outcomeOf({
      settings: `scenario: "Offline", offlineExpectedQps: 500, minDurationMs: 0,`,
    });
    expect(outcome).toMatchObject({ state: "completed", validity: "VALID", errors: 0 });
  });
});
