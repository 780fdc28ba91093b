import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadRunConfig } from "#src/config/load-run-config.js";
import type { RunConfig } from "#src/config/run-config.js";
import { UsageError } from "#src/errors.js";
import { readDetailLog } from "#src/loadgen/detail-log.js";
import { type BenchmarkRules, benchmarkRules } from "#src/mlperf/benchmark-rules.js";
import { currentRound } from "#src/mlperf/round.js";
import { type SubmissionOverrides, submissionProblems } from "#src/mlperf/submission-options.js";
import { planSubmission } from "#src/mlperf/submission-run.js";
import { loadModel } from "#src/model/load-model.js";
import { readRecord } from "#src/results/store.js";
import { renderTable } from "#src/results/table.js";
import { run } from "#src/run.js";
import type { RunEvent } from "#src/run-events.js";
import { describeSubmission } from "#src/run-submission.js";
import type { SimOptions } from "#src/server/sim-options.js";
import { spawnSim } from "#src/server/sim-process.js";
import { planSettings } from "#src/sut/plan-settings.js";
import { loadTokenizerFolder } from "#src/tokenizer/load-tokenizer.js";
import { temporaryFolder } from "./child-script.ts";

const folder = temporaryFolder();
let files = 0;

function file(name: string, text: string): string {
  const path = join(folder, `${files++}-${name}`);
  writeFileSync(path, text);
  return path;
}

const endpoint = ["http://127.0.0.1:9"];
const official = { endpoint, submission: true, dataset: "set.jsonl" };

function configOf(flags: Record<string, unknown>): RunConfig {
  return loadRunConfig({ flags });
}

/** Settings of the performance test of a planned submission, and its user.conf. */
async function planned(flags: Record<string, unknown>, overrides: SubmissionOverrides = {}) {
  const userConf = join(folder, `${files++}-user.conf`);
  const plan = planSubmission(configOf({ ...official, ...flags }), userConf, overrides);
  writeFileSync(userConf, plan.userConf);
  const model = await loadModel(plan.config.modelModule, "whatever the server says");
  const lines = plan.userConf.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return { plan, model, lines, settings: planSettings(plan.config, model, "PerformanceOnly") };
}

/** Every problem that the options have, as `flexbench run` tells them. */
function problemsOf(flags: Record<string, unknown>, overrides: SubmissionOverrides = {}): string[] {
  try {
    loadRunConfig({ flags, furtherRules: (config) => submissionProblems(config, overrides) });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    expect(error.exitCode).toBe(2);
    return error.problems.map(({ where, message }) => `${where}: ${message}`);
  }
  return [];
}

const scenarioNames = {
  Server: "server",
  Interactive: "interactive",
  Offline: "offline",
  SingleStream: "single-stream",
} as const;

const everyOfficialRun = Object.values(benchmarkRules).flatMap((rules) =>
  [...rules.required, ...rules.oneOf].map((scenario) => [rules.name, scenario, rules] as const),
);

describe("settings of an official run", () => {
  it.each(everyOfficialRun)("%s in %s are the round's", async (name, scenario, rules) => {
    const { settings, model } = await planned({
      benchmark: name,
      scenario: scenarioNames[scenario],
      mode: "performance",
      targetQps: 50,
    });
    expect({
      qsl: String(settings.qslRngSeed),
      sampleIndex: String(settings.sampleIndexRngSeed),
      schedule: String(settings.scheduleRngSeed),
    }).toEqual(currentRound.seeds);
    expect(settings).toMatchObject({
      useTokenLatencies: true,
      sampleConcatenatePermutation: true,
      minDurationMs: 600_000,
      performanceSampleCountOverride: rules.performanceSamples,
    });
    expect(model.name).toBe(rules.modelModule);
    if (scenario === "Offline") {
      expect(settings.minQueryCount).toBeGreaterThanOrEqual(rules.performanceSamples);
      expect(settings.offlineExpectedQps).toBe(50);
    } else if (scenario === "SingleStream") expect(settings.singleStreamExpectedLatencyNs).toBe(20e6);
    else {
      const { ttftNs, tpotNs } = rules.limits[scenario] ?? { ttftNs: 0, tpotNs: 0 };
      expect(settings).toMatchObject({
        serverTtftLatency: ttftNs,
        serverTpotLatency: tpotNs,
        serverTargetLatencyPercentile: 0.99,
        serverTargetQps: 50,
      });
    }
  });

  it("put into user.conf what differs from mlperf.conf, and nothing else", async () => {
    const server = await planned({ benchmark: "llama3.1-8b", scenario: "server", targetQps: 21.5 });
    expect(server.lines).toEqual(["llama3_1-8b.Server.target_qps = 21.5"]);
    expect(server.plan.config).toMatchObject({ benchmark: "llama3_1-8b", mode: "all" });
    const interactive = await planned({ benchmark: "llama3_1-8b", scenario: "interactive", targetQps: 3 });
    expect(interactive.lines).toEqual(["llama3_1-8b-interactive.Server.target_qps = 3"]);
    const trap = await planned({ benchmark: "gpt-oss-120b", scenario: "offline", mode: "performance" });
    expect(trap.lines).toEqual(["gpt-oss-120b.Offline.min_query_count = 6396"]);
    const accuracy = await planned({ benchmark: "gpt-oss-120b", scenario: "offline", mode: "accuracy" });
    expect(accuracy.settings.accuracySampleCountOverride).toBe(4395);
    expect(accuracy.model).toMatchObject({ maxTokens: 10_240, accuracyMaxTokens: 32_768 });
  });

  it("keep a user.conf of the user's and what it may say", async () => {
    const own = file(
      "own.conf",
      "# ours\n*.Server.target_qps = 7\nllama2-70b.Server.min_duration = 700000\n",
    );
    const { settings, lines } = await planned({ benchmark: "llama2-70b-99.9", userConf: own });
    expect(settings).toMatchObject({ serverTargetQps: 7, minDurationMs: 700_000 });
    expect(lines).toEqual(["*.Server.target_qps = 7", "llama2-70b.Server.min_duration = 700000"]);
    const longer = await planned({
      benchmark: "llama2-70b-99.9",
      userConf: own,
      duration: "20m",
      targetQps: 9,
    });
    expect(longer.settings).toMatchObject({ serverTargetQps: 9, minDurationMs: 1_200_000 });
    const short = file("short.conf", "*.Server.target_qps = 7\n*.Server.min_duration = 60000\n");
    await expect(planned({ benchmark: "llama2-70b-99.9", userConf: short })).rejects.toThrow(
      "sets min_duration to 60000, but the rules ask for at least 600000",
    );
  });

  it("of a rehearsal differ in duration and number of queries alone", async () => {
    const flags = { benchmark: "llama3.1-8b", scenario: "offline", targetQps: 5 };
    const real = await planned(flags);
    const fast = await planned({ ...flags, fast: true, duration: "3s" });
    expect(fast.settings).toEqual({
      ...real.settings,
      minDurationMs: 3000,
      minQueryCount: 100,
      sampleConcatenatePermutation: false,
    });
  });
});

describe("what breaks a rule", () => {
  it("is refused, all at once", () => {
    const conf = file("bad.conf", "*.Server.target_qps = 3\n*.Server.ttft_latency = 9000\n");
    const problems = problemsOf({
      benchmark: "llama3.1-8b",
      submission: true,
      round: "v6.0",
      mode: "all",
      duration: "60s",
      minQueries: 5,
      percentile: 90,
      seed: 1,
      maxTokens: 10,
      minTokens: 2,
      ttftLimit: "3s",
      tpotLimit: "1s",
      maxErrorRate: 0.01,
      samples: 5,
      shuffle: true,
      maxInputTokens: 500,
      truncate: true,
      tokenizer: "x/y",
      modelModule: "qwen3",
      metric: "exact-match",
      accuracyTarget: ["rouge1=1"],
      userConf: conf,
      auditConfig: conf,
    });
    const places = [
      "--dataset",
      "--round",
      "--duration",
      "--min-queries",
      "--percentile",
      "--seed",
      "--max-tokens",
      "--min-tokens",
      "--ttft-limit",
      "--tpot-limit",
      "--max-error-rate",
      "--samples",
      "--shuffle",
      "--max-input-tokens",
      "--truncate",
      "--model-module",
      "--metric",
      "--accuracy-target",
      "--user-conf",
      "--audit-config",
      "--endpoint",
    ];
    expect(problems.map((problem) => problem.split(":")[0]).toSorted()).toEqual(places.toSorted());
    expect(problems).toContainEqual(
      "--round: is v6.0, but LoadGen 6.0.17 is that of v6.1. Logs with its seeds fail the checks of v6.0.",
    );
    expect(problems).toContainEqual(expect.stringContaining("sets *.Server.ttft_latency in line 2"));
  });

  it.each([
    [{ benchmark: "llama3.1-8b", scenario: "multi-stream" }, "--scenario: is multi-stream"],
    [{ benchmark: "llama3.1-8b-edge", scenario: "server" }, "submitted in SingleStream, Offline only"],
    [{ benchmark: "gpt-oss-120b", scenario: "offline" }, "--mode: must be performance or accuracy"],
    [{ benchmark: "mixtral-8x7b" }, "cannot be submitted in round v6.1"],
    [{ benchmark: "llama2-70b-99" }, "take llama2-70b-99.9"],
    [{ benchmark: "lama3.1-8b" }, "did you mean llama3.1-8b?"],
    [{ benchmark: "llama3.1-8b-interactive" }, "--benchmark: names llama3.1-8b-interactive"],
    [{}, "--submission: needs --benchmark"],
    [{ benchmark: "llama3.1-8b", submission: false, fast: true }, "--fast: needs --submission"],
  ])("%j says why", (flags, message) => {
    const problems = problemsOf({ ...official, targetQps: 5, ...flags });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
  });

  it("leaves benchmarks of other rounds alone without --submission", async () => {
    for (const benchmark of ["mixtral-8x7b", "llama3_1-405b", "llama3.1-405b", "llama3.1-8b", "resnet50"])
      expect(problemsOf({ benchmark, endpoint, targetQps: 5 })).toEqual([]);
    expect(problemsOf({ benchmark: "mixtral-9x7b", endpoint, targetQps: 5 })[0]).toContain("mixtral-8x7b");
  });
});

/** Rules of a benchmark with a set of forty samples and tests of a second. */
function scaled(name: string, changes: Partial<BenchmarkRules> = {}): Record<string, BenchmarkRules> {
  const rules = benchmarkRules[name];
  if (rules === undefined) throw new Error(name);
  const small = { performanceSamples: 40, accuracySamples: 40, offlineSamples: 40, minDurationMs: 1000 };
  return { [name]: { ...rules, ...small, ...changes } };
}

const set = file(
  "set.jsonl",
  Array.from({ length: 40 }, (_, index) =>
    JSON.stringify({ prompt: `Article ${index}: it rained all day.`, reference: "Rain.", max_tokens: 5 }),
  ).join("\n"),
);

async function runScaled(
  sim: SimOptions,
  flags: Record<string, unknown>,
  overrides: SubmissionOverrides = { rules: scaled("llama3.1-8b") },
) {
  const server = await spawnSim({
    ttft: { shape: "fixed", ms: 5 },
    itl: { shape: "fixed", ms: 0.2 },
    ...sim,
  });
  const output = join(folder, `run-${files++}`);
  const events: RunEvent[] = [];
  try {
    const config = configOf({ ...official, endpoint: [server.url], dataset: set, output, ...flags });
    const record = await run(config, { ...overrides, listener: { onEvent: (event) => events.push(event) } });
    return { record, output, events };
  } finally {
    await server.stop();
  }
}

function said(events: readonly RunEvent[], kind: "note" | "warning"): string {
  return events.flatMap((event) => (event.kind === kind ? [event.message] : [])).join("\n");
}

function settingsInLog(log: string): Record<string, unknown> {
  return Object.fromEntries([...readDetailLog(log)].map(({ key, value }) => [key, value]));
}

describe("a run with --submission", () => {
  it("keeps the rules in both tests, and its record says so", async () => {
    const { record, output, events } = await runScaled(
      { model: "Llama-3.1-8B-Instruct", outputTokens: { shape: "fixed", length: 3 } },
      { benchmark: "llama3.1-8b", targetQps: 500 },
    );
    expect(record.state).toBe("valid");
    expect(record.submission).toEqual({
      round: "v6.1",
      benchmark: "llama3.1-8b",
      scenario: "Server",
      fast: false,
      audit: null,
    });
    expect(record.config).toMatchObject({
      benchmark: "llama3_1-8b",
      submission: true,
      mode: "all",
      userConf: null,
    });
    expect(await readRecord(output)).toEqual(record);
    expect(renderTable(record)).toContain("llama3.1-8b Server, rules of MLPerf Inference v6.1");
    expect(readFileSync(join(output, "user.conf"), "utf8")).toContain(
      "llama3_1-8b.Server.target_qps = 500\n",
    );
    const log = settingsInLog(join(output, "loadgen", "mlperf_log_detail.txt"));
    expect(log).toMatchObject({
      effective_min_duration_ms: 1000,
      effective_performance_sample_count: 40,
      effective_sample_index_rng_seed: currentRound.seeds.sampleIndex,
      requested_server_ttft_latency: 2e9,
      requested_server_tpot_latency: 1e8,
      effective_sample_concatenate_permutation: true,
    });
    expect(Number(log.generated_query_count) % 40).toBe(0);
    expect(record.accuracy).toMatchObject({ payload: "token-ids", samples: 40 });
    expect(said(events, "note")).toContain("MLPerf Inference v6.1 with LoadGen 6.0.17: llama3.1-8b, Server");
    expect(said(events, "note")).toContain("The accuracy test asks all 40 samples once");
    expect(said(events, "note")).toContain("caches no prefixes");
    expect(said(events, "warning")).toContain("Without --tokenizer the answers are not scored");
  });

  it("without token ids from the server logs those of the tokenizer, the first ones as a beginning", async () => {
    const tokenizer = fileURLToPath(new URL("./fixtures/tokenizers/smollm2", import.meta.url));
    const { record, output, events } = await runScaled(
      { tokenIds: false },
      { benchmark: "llama3.1-8b", targetQps: 60, tokenizer, mode: "accuracy" },
    );
    expect(record.accuracy?.payload).toBe("token-ids");
    expect(said(events, "warning")).toContain("its text is turned into ids by the tokenizer");
    const log = JSON.parse(readFileSync(join(output, "loadgen", "mlperf_log_accuracy.json"), "utf8"));
    expect(log).toHaveLength(40);
    const decoder = await loadTokenizerFolder(tokenizer);
    for (const { data, token_data, token_count } of log) {
      expect(data.startsWith(token_data)).toBe(true);
      expect(token_data.length).toBeGreaterThan(0);
      expect(data.length / 8).toBe(token_count);
    }
    const bytes = Buffer.from(log[0].data, "hex");
    const ids = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    // The benchmark's limit of 128 tokens holds, and not the one in the rows.
    expect(decoder.decode(ids).trim().split(/\s+/).length).toBeGreaterThan(50);
  });

  it("as a rehearsal with a set of the official size is marked", async () => {
    const { record, events } = await runScaled(
      { outputTokens: { shape: "fixed", length: 3 } },
      {
        benchmark: "llama3.1-8b",
        fast: true,
        duration: "1s",
        targetQps: 600,
        mode: "performance",
        dataset: "synthetic",
        datasetOption: ["size=13368"],
      },
      {},
    );
    expect(record.state).toBe("valid");
    expect(record.submission?.fast).toBe(true);
    expect(record.loadgen?.summary.effective_performance_sample_count).toBe(13_368);
    expect(record.requests.issued).toBeLessThan(1000);
    expect(renderTable(record, { width: 110 })).toContain("a rehearsal, cannot be submitted");
    expect(said(events, "warning")).toContain("is generated: it is not the official set");
  });

  it("that the pre-flight finds hopeless is refused before it begins", async () => {
    const refused = runScaled(
      { tokenIds: false, maxModelLen: 64 },
      { benchmark: "llama3.1-8b", targetQps: 60 },
      { rules: scaled("llama3.1-8b", { performanceSamples: 41 }) },
    );
    const error = await refused.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UsageError);
    const { code, problems, exitCode } = error as UsageError;
    expect({ code, exitCode }).toEqual({ code: "PREFLIGHT_FAILED", exitCode: 2 });
    expect(problems.map(({ where }) => where)).toEqual(["--dataset", "--endpoint", "--tokenizer"]);
  });

  it("tells in a dry run what it would do", async () => {
    const flags = { ...official, benchmark: "llama3.1-8b", scenario: "offline", dataset: set };
    const lines = (await describeSubmission(configOf(flags), { rules: scaled("llama3.1-8b") })).join("\n");
    expect(lines).toContain("settings of llama3_1-8b in mlperf.conf");
    expect(lines).toContain("Warning: Without --target-qps the query has 40 samples");
    expect(lines).toContain("  llama3_1-8b.Offline.min_duration = 1000");
    await expect(describeSubmission(configOf(flags))).rejects.toThrow(
      "has 40 samples, but the performance test",
    );
  });
});
