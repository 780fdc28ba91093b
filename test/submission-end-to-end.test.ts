// Takes long: `npm run test:slow` and CI run it.
// @module-tag slow
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditRun } from "#src/audit-run.js";
import { loadRunConfig } from "#src/config/load-run-config.js";
import { vocabulary } from "#src/dataset/vocabulary.js";
import { type AuditSettings, auditSettings } from "#src/mlperf/audits/audit-settings.js";
import {
  type AuditName,
  type BenchmarkRules,
  benchmarkRules,
  type SubmissionScenario,
} from "#src/mlperf/benchmark-rules.js";
import { checkSubmission } from "#src/mlperf/check/check-submission.js";
import { systemFields } from "#src/mlperf/system/system-fields.js";
import { addToSubmission } from "#src/mlperf/tree/add-to-submission.js";
import { initSubmission } from "#src/mlperf/tree/init-submission.js";
import { packSubmission } from "#src/mlperf/tree/pack-submission.js";
import { run } from "#src/run.js";
import type { RunningServer } from "#src/server/running-server.js";
import type { SimOptions } from "#src/server/sim-options.js";
import { spawnSim } from "#src/server/sim-process.js";
import { temporaryFolder } from "./child-script.ts";

// From nothing to a packed submission: real LoadGen against a simulator that knows the answers, under rules whose
// counts are a hundredth and whose tests last a second.

const folder = temporaryFolder();
const tokenizer = fileURLToPath(new URL("./fixtures/tokenizers/llama3", import.meta.url));
const scenarioNames = { Server: "server", Interactive: "interactive", Offline: "offline" } as const;
type Scenario = keyof typeof scenarioNames;

interface Row {
  prompt: string;
  reference: string;
}

/** A set of made-up questions, each with an answer of ten words. */
function writeSet(name: string, count: number): { path: string; rows: Row[]; characters: number } {
  const rows = Array.from({ length: count }, (_, index) => ({
    prompt: `${name}, question ${index}: which words follow?`,
    reference: Array.from({ length: 10 }, (__, word) => vocabulary[(7 * index + 31 * word) % 400]).join(" "),
  }));
  const path = join(folder, `${name}.jsonl`);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return { path, rows, characters: rows.reduce((sum, { reference }) => sum + reference.length, 0) };
}

const summaries = writeSet("summaries", 134);
const reasoning = {
  performance: writeSet("speed", 64),
  accuracy: writeSet("exams", 44),
  test07: writeSet("exam", 10),
};
const everything = join(folder, "everything.jsonl");
writeFileSync(
  everything,
  [summaries, ...Object.values(reasoning)].map(({ path }) => readFileSync(path, "utf8")).join(""),
);

function scaled(name: string, changes: Partial<BenchmarkRules>): BenchmarkRules {
  const rules = benchmarkRules[name];
  if (rules === undefined) throw new Error(`no rules of ${name}`);
  return { ...rules, minDurationMs: 1000, ...changes };
}

const official = benchmarkRules["llama3.1-8b"]?.accuracy;
const rules: Record<string, BenchmarkRules> = {
  "llama3.1-8b": scaled("llama3.1-8b", {
    performanceSamples: 134,
    accuracySamples: 134,
    offlineSamples: 134,
    accuracy: {
      metric: "rouge",
      samples: 134,
      floors: { ...official?.floors, gen_len: 0.9 * summaries.characters },
      ceilings: { gen_len: 1.1 * summaries.characters },
    },
  }),
  "gpt-oss-120b": scaled("gpt-oss-120b", {
    performanceSamples: 64,
    accuracySamples: 44,
    offlineSamples: 64,
    // A machine that others use as well has pauses of more than 15 ms.
    limits: { Interactive: { ttftNs: 2e9, tpotNs: 60e6 } },
  }),
};

const auditChanges: Partial<Record<AuditName, Partial<AuditSettings>>> = {
  TEST07: { leastQueries: 10, loggedAnswers: 10, samples: 10 },
  TEST09: { leastQueries: 64, samples: 64, meanOutputTokens: { least: 10, most: 40 } },
};
const audits = (audit: AuditName, benchmark: BenchmarkRules): AuditSettings => ({
  ...auditSettings(audit, benchmark),
  ...auditChanges[audit],
});

const pace: SimOptions = {
  ttft: { shape: "fixed", ms: 20 },
  itl: { shape: "fixed", ms: 4 },
  maxConcurrency: 64,
  maxModelLen: 65_536,
};
const servers: RunningServer[] = [];
afterAll(() => Promise.all(servers.map((server) => server.stop())));

async function serve(errorRate: number): Promise<RunningServer> {
  const server = await spawnSim({ ...pace, answers: { dataset: everything, errorRate, tokenizer } });
  servers.push(server);
  return server;
}

function configOf(
  server: RunningServer,
  benchmark: string,
  scenario: Scenario,
  more: Record<string, unknown>,
) {
  return loadRunConfig({
    flags: {
      ...{
        benchmark,
        scenario: scenarioNames[scenario],
        submission: true,
        endpoint: [server.url],
        tokenizer,
      },
      // Above what the server can do in Offline, so that the one query lasts longer than a second.
      targetQps: scenario === "Offline" ? 2000 : 500,
      ...more,
    },
  });
}

async function submit(
  server: RunningServer,
  benchmark: string,
  scenario: Scenario,
  more: { mode: "performance" | "accuracy" | "all"; dataset: string; metric?: string },
): Promise<string> {
  const output = join(folder, `run-${runs++}`);
  const record = await run(configOf(server, benchmark, scenario, { ...more, output }), { rules });
  expect(record).toMatchObject({
    state: "valid",
    reasons: [],
    submission: { benchmark, scenario, fast: false },
  });
  return output;
}

async function audit(
  server: RunningServer,
  benchmark: string,
  scenario: Scenario,
  more: { dataset: string; metric?: string },
): Promise<string> {
  const output = join(folder, `audits-${runs++}`);
  const { compliance } = await auditRun({
    config: configOf(server, benchmark, scenario, { ...more, mode: "performance" }),
    output,
    rules,
    settings: auditChanges,
    auditDataset: reasoning.test07.path,
  });
  expect(compliance.audits.filter(({ passed }) => !passed)).toEqual([]);
  return output;
}
let runs = 0;

const measurements = {
  weight_data_types: "bf16",
  starting_weights_filename: "none: the answers are the references",
  weight_transformations: "none",
  retraining: "no",
  input_data_types: "text",
};

async function newTree(name: string): Promise<string> {
  const systemFile = join(folder, "simulated.json");
  const answers: Record<string, string> = {
    ...{ status: "available", system_type: "datacenter", number_of_nodes: "1", accelerators_per_node: "0" },
    framework: "flexbench-sim",
  };
  const fields = systemFields.map((field) => [field.name, answers[field.name] ?? "N/A"]);
  writeFileSync(systemFile, JSON.stringify(Object.fromEntries(fields)));
  const root = join(folder, name);
  await initSubmission(root, {
    submitter: "Example",
    division: "closed",
    systemFile,
    calibration: "unquantised",
  });
  return root;
}

const add = (root: string, folders: readonly string[], table = rules) =>
  addToSubmission(root, folders, { rules: table, measurements, allowSimulated: true });

const sha256 = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");
const resultFolder = (root: string, benchmark: string, scenario: SubmissionScenario) =>
  join(root, "closed/Example/results/simulated", benchmark, scenario);

const kept = {
  detail: "mlperf_log_detail.txt",
  summary: "mlperf_log_summary.txt",
  answers: "mlperf_log_accuracy.json",
};

/** LoadGen's own logs beside their copies: the same bytes, but for an accuracy log that is cut in the middle. */
function expectUnaltered(own: string, copy: string, { hashIn }: { hashIn?: string } = {}): void {
  for (const name of readdirSync(copy).filter((file) => Object.values(kept).includes(file))) {
    const [original, copied] = [readFileSync(join(own, name)), readFileSync(join(copy, name))];
    if (copied.equals(original)) continue;
    expect(name).toBe(kept.answers);
    expect(hashIn).toBeDefined();
    const [head, tail] = [original.subarray(0, 4096), original.subarray(-4096)];
    expect(copied).toEqual(Buffer.concat([head, Buffer.from("\n\n...\n\n"), tail]));
  }
  if (hashIn !== undefined)
    expect(readFileSync(hashIn, "utf8").split("\n")).toContain(`hash=${sha256(join(own, kept.answers))}`);
}

describe("a submission from nothing", () => {
  let server: RunningServer;
  let root: string;
  beforeAll(async () => {
    server = await serve(0);
    root = await newTree("submission");
  });

  it("llama3.1-8b in Server and Offline, each with TEST06", async () => {
    const dataset = summaries.path;
    for (const scenario of ["Server", "Offline"] as const) {
      const own = await submit(server, "llama3.1-8b", scenario, { mode: "all", dataset });
      const audited = await audit(server, "llama3.1-8b", scenario, { dataset });
      const before = logHashes([own, audited]);
      await add(root, [own, audited]);
      expect(logHashes([own, audited])).toEqual(before);
      const result = resultFolder(root, "llama3.1-8b", scenario);
      expectUnaltered(join(own, "loadgen"), join(result, "performance/run_1"));
      const hashIn = join(result, "accuracy/accuracy.txt");
      expectUnaltered(join(own, "loadgen-accuracy"), join(result, "accuracy"), { hashIn });
      expectUnaltered(join(audited, "runs/TEST06/loadgen"), join(result, "TEST06/accuracy"));
      expect(sha256(join(result, "user.conf"))).toBe(sha256(join(own, "user.conf")));
    }
  });

  it("gpt-oss-120b in Interactive and Offline, each with TEST07 and TEST09", async () => {
    const metric = "exact-match";
    const sets = { performance: reasoning.performance.path, accuracy: reasoning.accuracy.path };
    for (const scenario of ["Interactive", "Offline"] as const) {
      const speed = await submit(server, "gpt-oss-120b", scenario, {
        mode: "performance",
        dataset: sets.performance,
      });
      const answers = await submit(server, "gpt-oss-120b", scenario, {
        ...{ mode: "accuracy", dataset: sets.accuracy },
        metric,
      });
      const audited = await audit(server, "gpt-oss-120b", scenario, { dataset: sets.performance, metric });
      const before = logHashes([speed, answers, audited]);
      await add(root, [speed, answers, audited]);
      expect(logHashes([speed, answers, audited])).toEqual(before);
      const result = resultFolder(root, "gpt-oss-120b", scenario);
      expectUnaltered(join(speed, "loadgen"), join(result, "performance/run_1"));
      const hashIn = join(result, "accuracy/accuracy.txt");
      expectUnaltered(join(answers, "loadgen"), join(result, "accuracy"), { hashIn });
      for (const name of ["TEST07", "TEST09"]) {
        const logs = join(audited, "runs", name, "loadgen");
        expectUnaltered(logs, join(result, name, "performance/run_1"));
        const text = join(result, name, "accuracy/accuracy.txt");
        expectUnaltered(logs, join(result, name, "accuracy"), { hashIn: text });
      }
    }
  });

  it("passes the gate and is packed", async () => {
    const { results, problems } = await checkSubmission(root, { rules, audits });
    expect(problems).toEqual([]);
    expect(results.map(({ benchmark, scenario, passed }) => [benchmark, scenario, passed])).toEqual([
      ["gpt-oss-120b", "Offline", true],
      ["gpt-oss-120b", "Interactive", true],
      ["llama3.1-8b", "Offline", true],
      ["llama3.1-8b", "Server", true],
    ]);
    const packed = await packSubmission(root, { rules, audits });
    expect(packed).toMatchObject({ archive: `${root}.tar.gz`, results: { length: 4 } });
    expect(sha256(`${root}.tar.gz`)).toBe("sha256" in packed ? packed.sha256 : "");
  });

  it("is far from one by the round's own rules, and the gate says in what", async () => {
    const { problems } = await checkSubmission(root);
    const broken = new Set(problems.map(({ rule }) => rule));
    for (const rule of [
      "min-duration",
      "performance-samples",
      "accuracy-samples",
      "offline-samples",
      "accuracy-floor",
    ])
      expect(broken).toContain(rule);
  });
});

describe("answers that are wrong too often", () => {
  it("are refused by the tree, and caught by the gate in one that took them", async () => {
    const server = await serve(0.7);
    const wrong = await submit(server, "llama3.1-8b", "Offline", { mode: "all", dataset: summaries.path });
    const root = await newTree("wrong");
    await expect(add(root, [wrong])).rejects.toMatchObject({
      code: "RUN_REFUSED",
      problems: [
        { where: join(wrong, "accuracy.txt"), message: expect.stringContaining("[accuracy-target]") },
      ],
    });
    expect(existsSync(join(root, "closed/Example/results"))).toBe(false);
    const noFloors = { metric: "rouge", floors: { rouge1: 0 }, ceilings: {} };
    const careless = scaled("llama3.1-8b", {
      ...rules["llama3.1-8b"],
      accuracy: { ...noFloors, samples: 134 },
    });
    await add(root, [wrong], { "llama3.1-8b": careless });
    const { problems } = await checkSubmission(root, { rules, audits });
    const low = problems.filter(({ rule }) => rule === "accuracy-floor");
    expect(low.map(({ file }) => file)).toContain(
      "closed/Example/results/simulated/llama3.1-8b/Offline/accuracy/accuracy.txt",
    );
    expect(low.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^'rouge1' is 31\.3433, and at least 38\.39/),
    );
  });
});

/** SHA-256 of every file that LoadGen wrote into these folders. */
function logHashes(folders: readonly string[]): Record<string, string> {
  const logs = folders.flatMap((place) =>
    readdirSync(place, { recursive: true, encoding: "utf8" })
      .filter((path) => path.includes("mlperf_log_"))
      .map((path) => join(place, path)),
  );
  return Object.fromEntries(logs.map((path) => [path, sha256(path)]));
}
