import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditRun } from "#src/audit-run.js";
import { loadRunConfig } from "#src/config/load-run-config.js";
import type { ComplianceRecord } from "#src/mlperf/audits/compliance-record.js";
import { benchmarkRules } from "#src/mlperf/benchmark-rules.js";
import { readRecord } from "#src/results/store.js";
import { run } from "#src/run.js";
import type { RunningServer } from "#src/server/running-server.js";
import { spawnSim } from "#src/server/sim-process.js";
import { temporaryFolder } from "./child-script.ts";
import { startTellingServer, type TellingServer } from "./telling-server.ts";

// Whole audits: a real server over a socket, real LoadGen, real logs, under rules that are scaled down.

const folder = temporaryFolder();
const samples = 12;
const dataset = join(folder, "questions.jsonl");
const auditDataset = join(folder, "audit-questions.jsonl");

function scaledRules(name: string) {
  const rules = benchmarkRules[name];
  if (rules === undefined) throw new Error(`no rules of ${name}`);
  const scaled = { ...rules, performanceSamples: samples, accuracySamples: samples, offlineSamples: samples };
  return { [name]: { ...scaled, minDurationMs: 500 } };
}

function flexbench(args: readonly string[]) {
  const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
  const child = spawn(process.execPath, [cli, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const texts = { stdout: "", stderr: "" };
  child.stdout.on("data", (piece) => (texts.stdout += piece));
  child.stderr.on("data", (piece) => (texts.stderr += piece));
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, ...texts })),
  );
}

beforeAll(() => {
  const questions = (count: number, word: string) =>
    Array.from({ length: count }, (_, index) => `{"prompt": "${word} ${index}?"}\n`).join("");
  writeFileSync(dataset, questions(samples, "Question"));
  writeFileSync(auditDataset, questions(samples - 4, "Other question"));
});

describe("audits of a good server", () => {
  let sim: RunningServer;
  beforeAll(async () => {
    const delays = { ttft: { shape: "fixed", ms: 2 }, itl: { shape: "fixed", ms: 0.2 } } as const;
    sim = await spawnSim({ ...delays, outputTokens: { shape: "fixed", length: 20 } });
  });
  afterAll(() => sim?.stop());

  const configOf = (flags: Record<string, unknown>) =>
    loadRunConfig({ flags: { endpoint: [sim.url], dataset, submission: true, targetQps: "100", ...flags } });

  it("TEST06 of llama3.1-8b Server: a signed-off folder", async () => {
    const output = join(folder, "test06");
    const { compliance, folder: written } = await auditRun({
      config: configOf({ benchmark: "llama3.1-8b", scenario: "server" }),
      output,
      rules: scaledRules("llama3.1-8b"),
    });
    expect(written).toBe(output);
    expect(compliance).toMatchObject({
      schema: "flexbench.compliance/1",
      passed: true,
      simulated: true,
      round: "v6.1",
      benchmark: "llama3.1-8b",
      scenario: "Server",
      auditedRun: null,
      audits: [{ audit: "TEST06", passed: true, loadgenErrors: [], figures: { answers: 100 } }],
    });
    expect(JSON.parse(readFileSync(join(output, "compliance.json"), "utf8"))).toEqual(compliance);
    const logged = readFileSync(join(output, "TEST06", "accuracy", "mlperf_log_accuracy.json"));
    expect(logged).toEqual(readFileSync(join(output, "runs/TEST06/loadgen/mlperf_log_accuracy.json")));
    expect(compliance.files["TEST06/accuracy/mlperf_log_accuracy.json"]).toBe(
      createHash("sha256").update(logged).digest("hex"),
    );
    expect(Object.keys(compliance.files)).toEqual(
      expect.arrayContaining(["TEST06/verify_accuracy.txt", "settings/TEST06/audit.config"]),
    );
    const { submission } = await readRecord(join(output, "runs", "TEST06"));
    expect(submission).toMatchObject({ audit: "TEST06", benchmark: "llama3.1-8b" });
    const page = readFileSync(join(output, "compliance.html"), "utf8");
    for (const text of ["Audits of llama3.1-8b Server", "simulator", "TEST06"]) expect(page).toContain(text);
    expect(page).not.toMatch(/<script|https?:\/\/(?!127\.0\.0\.1)/);
  });

  it("TEST07 and TEST09 of gpt-oss-120b Offline, in the official layout", async () => {
    const output = join(folder, "gpt-oss");
    const { compliance } = await auditRun({
      config: configOf({ benchmark: "gpt-oss-120b", scenario: "offline" }),
      output,
      rules: scaledRules("gpt-oss-120b"),
      settings: {
        TEST07: { leastQueries: samples - 4, loggedAnswers: samples - 4, samples: samples - 4 },
        TEST09: {
          leastQueries: samples,
          loggedAnswers: samples,
          samples,
          meanOutputTokens: { least: 19, most: 21 },
        },
      },
      auditDataset,
      scoring: { command: `echo "'exact_match': 60.69"` },
    });
    expect(compliance.audits).toMatchObject([
      { audit: "TEST07", passed: false, figures: { answers: samples - 4, score: 60.69 } },
      { audit: "TEST09", passed: true, figures: { answers: samples, meanOutputTokens: 20 } },
    ]);
    expect(compliance.passed).toBe(false);
    expect(readFileSync(join(output, "TEST07", "verify_accuracy.txt"), "utf8")).toContain("TEST FAIL\n");
    expect(readFileSync(join(output, "TEST09", "verify_output_len.txt"), "utf8")).toContain("TEST PASS\n");
    const ofTest09 = Object.keys(compliance.files).filter((path) => path.startsWith("TEST09/"));
    expect(ofTest09).toEqual([
      "TEST09/accuracy/mlperf_log_accuracy.json",
      "TEST09/performance/run_1/mlperf_log_detail.txt",
      "TEST09/performance/run_1/mlperf_log_summary.txt",
      "TEST09/verify_output_len.txt",
    ]);
  });

  it("says everything that is missing at once, before any test", async () => {
    const config = configOf({ benchmark: "gpt-oss-120b", scenario: "offline", maxTokens: "10" });
    const wish = { config, output: folder, audits: ["TEST01", "TEST06", "TEST07"] as const };
    await expect(auditRun(wish)).rejects.toMatchObject({
      code: "AUDITS_INVALID",
      problems: expect.arrayContaining([
        expect.objectContaining({ where: "--max-tokens" }),
        expect.objectContaining({ where: "--output" }),
        expect.objectContaining({ where: "--audit-dataset" }),
        expect.objectContaining({ where: "DIR" }),
      ]),
    });
  });
});

describe("audits of a server that repeats its end", () => {
  let broken: TellingServer;
  let audited: string;
  beforeAll(async () => {
    broken = await startTellingServer(() => ({ text: "The end", tokenIds: [791, 842, 128_009, 128_009] }));
    audited = join(folder, "audited");
    await run(
      loadRunConfig({
        flags: {
          endpoint: [broken.url],
          dataset,
          benchmark: "llama3_1-8b",
          scenario: "offline",
          mode: "all",
          duration: "100ms",
          minQueries: "24",
          output: audited,
        },
      }),
    );
  });
  afterAll(() => broken?.stop());

  it("exit code 3 through the command line, and the folder says why", async () => {
    const { code, stdout } = await flexbench(["compliance", audited, "--quiet"]);
    expect(stdout).toMatch(
      /TEST06 {2}FAILED\n[\s\S]*✗ end of sequence: 0 of 100 .*sample \d+ ends with 2 of them/,
    );
    expect(code).toBe(3);
    const file = join(audited, "compliance", "compliance.json");
    const record = JSON.parse(readFileSync(file, "utf8")) as ComplianceRecord;
    expect(record).toMatchObject({ passed: false, auditedRun: (await readRecord(audited)).id });
    const text = readFileSync(join(audited, "compliance", "TEST06", "verify_accuracy.txt"), "utf8");
    expect(text).toBe(
      "First token check pass: Skipped\nEOS check pass: False\nSample length check pass: True\nTEST06 verification failed\n",
    );
  });

  it("--verify judges the same run again, and runs nothing", async () => {
    const file = join(audited, "compliance", "compliance.json");
    const before = JSON.parse(readFileSync(file, "utf8")) as ComplianceRecord;
    const { code } = await flexbench(["compliance", audited, "--verify", "--eos-token", "2", "--quiet"]);
    expect(code).toBe(0);
    const after = JSON.parse(readFileSync(file, "utf8")) as ComplianceRecord;
    expect(after.passed).toBe(true);
    expect(after.audits[0]?.run).toBe(before.audits[0]?.run);
    const log = "runs/TEST06/loadgen/mlperf_log_accuracy.json";
    expect(after.files[log]).toBe(before.files[log]);
  });

  it("other ids end its answers: TEST06 passes; TEST01 finds the answers of the accuracy test", async () => {
    const { config } = await readRecord(audited);
    const flags = Object.fromEntries(
      Object.entries(config).filter(([key, value]) => value !== null && key !== "output"),
    );
    const { compliance } = await auditRun({
      config: loadRunConfig({ flags }),
      output: join(folder, "other-end"),
      auditedRun: { folder: audited, id: "audited" },
      audits: ["TEST06", "TEST01"],
      eosTokens: [2],
    });
    const [test06, test01] = compliance.audits;
    expect(test06?.passed).toBe(true);
    expect(test01?.checks.find(({ name }) => name === "answers")).toMatchObject({ passed: true });
    expect(test01?.checks.find(({ name }) => name === "settings")).toMatchObject({ passed: true });
  });

  it("refuses what is no audit, no run and no value in one go", async () => {
    const { code, stderr } = await flexbench([
      "compliance",
      "--test",
      "TEST66",
      "--score-pattern",
      "(",
      "--eos-token",
      "x",
    ]);
    expect(code).toBe(2);
    for (const place of ["--test: must be one of TEST01", "--score-pattern", "--eos-token"])
      expect(stderr).toContain(place);
  });

  it("--dry-run shows what LoadGen would be told", async () => {
    const { code, stdout } = await flexbench(["compliance", audited, "--output", "dry", "--dry-run"]);
    expect(code).toBe(0);
    expect(stdout).toContain("# TEST06\n*.*.mode = 2\n*.*.accuracy_log_rng_seed = 720381539243781796\n");
  });
});
