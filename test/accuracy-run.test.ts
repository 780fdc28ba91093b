import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadRunConfig } from "#src/config/load-run-config.js";
import { exitCodeOf } from "#src/results/exit-code.js";
import type { RunRecord } from "#src/results/record.js";
import { readRecord } from "#src/results/store.js";
import { run } from "#src/run.js";
import { compareRuns, scoreRun } from "#src/score-run.js";
import { loadTokenizerFolder } from "#src/tokenizer/load-tokenizer.js";
import { temporaryFolder } from "./child-script.ts";
import { startTellingServer, type TellingServer } from "./telling-server.ts";

// Whole runs: a real server over a socket, real LoadGen, real logs.

const folder = temporaryFolder();
const dataset = join(folder, "capitals.jsonl");
const capitals = ["Paris", "Rome", "Madrid", "Berlin", "Vienna", "Cairo", "Athens", "Lisbon"];
let good: TellingServer;
let poor: TellingServer;

/** Right but for one sample in eight; `poor` knows half. */
const knowing = (known: number) => (prompt: string) => {
  const index = Number(/\d+/.exec(prompt)?.[0] ?? 0);
  const name = index < known ? (capitals[index] ?? "") : "Nowhere";
  return { text: `<think>perhaps ${capitals[(index + 1) % 8]}</think> The answer is ${name}.` };
};

beforeAll(async () => {
  const lines = capitals.map((name, index) =>
    JSON.stringify({ prompt: `Capital ${index}?`, reference: name }),
  );
  writeFileSync(dataset, `${lines.join("\n")}\n`);
  good = await startTellingServer(knowing(7));
  poor = await startTellingServer(knowing(4));
});
afterAll(async () => {
  await good?.stop();
  await poor?.stop();
});

let runs = 0;
async function runAgainst(server: TellingServer, flags: Record<string, unknown> = {}) {
  const output = join(folder, `run-${runs++}`);
  const config = loadRunConfig({
    flags: {
      endpoint: [server.url],
      dataset,
      mode: "accuracy",
      scenario: "offline",
      metric: "contains",
      output,
      ...flags,
    },
  });
  const record = await run(config);
  return { record, output };
}

function samplesOf(output: string): Record<string, unknown>[] {
  const lines = readFileSync(join(output, "accuracy-samples.jsonl"), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
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

describe("a run in accuracy mode", () => {
  let record: RunRecord;
  let output: string;
  beforeAll(async () => ({ record, output } = await runAgainst(good, { accuracyTarget: ["contains=80"] })));

  it("has its figures, targets and verdict in the record", async () => {
    expect(record).toMatchObject({
      state: "valid",
      accuracy: {
        metric: "contains",
        samples: 8,
        emptyAnswers: 0,
        metrics: { contains: 87.5 },
        target: { contains: 80 },
        passed: true,
        notes: [],
      },
    });
    const { low, high } = record.accuracy?.intervals.contains ?? { low: 0, high: 0 };
    expect(low).toBeLessThan(87.5);
    expect(high).toBe(100);
    expect(exitCodeOf(record)).toBe(0);
    expect(await readRecord(output)).toEqual(record);
  });

  it("leaves every sample for reading, without the model's reasoning", () => {
    const samples = samplesOf(output);
    expect(samples).toHaveLength(8);
    expect(samples[2]).toMatchObject({
      index: 2,
      prompt: "Capital 2?",
      answer: "The answer is Madrid.",
      reference: "Madrid",
      scores: { contains: 100 },
    });
    expect(samples[7]).toMatchObject({ reference: "Lisbon", scores: { contains: 0 } });
  });

  it("leaves accuracy.txt in the form that the official checker reads", () => {
    const text = readFileSync(join(output, "accuracy.txt"), "utf8");
    const log = readFileSync(join(output, "loadgen", "mlperf_log_accuracy.json"));
    expect(text).toContain("{'contains': 87.5, 'gen_num': 8}\n");
    expect(text.split("\n")).toContain(`hash=${createHash("sha256").update(log).digest("hex")}`);
  });

  it("below its target ends with exit code 6", async () => {
    const inaccurate = await runAgainst(good, { accuracyTarget: ["contains=90"] });
    expect(inaccurate.record).toMatchObject({ state: "valid", accuracy: { passed: false } });
    expect(exitCodeOf(inaccurate.record)).toBe(6);
    const { code, stdout, stderr } = await flexbench([
      ...["run", "--endpoint", good.url, "--dataset", dataset, "--mode", "accuracy", "--scenario", "offline"],
      ...["--metric", "contains", "--accuracy-target", "contains=90", "--output", join(folder, "below")],
    ]);
    expect(code).toBe(6);
    expect(stdout).toContain("ACCURACY BELOW TARGET");
    expect(stderr).toContain("Scored 8 answers by contains");
  });

  it("is scored by exact-match when nobody says otherwise", async () => {
    const { record: plain } = await runAgainst(good, { metric: undefined });
    expect(plain.accuracy).toMatchObject({
      metric: "exact-match",
      metrics: { exact_match: 0 },
      passed: null,
    });
  });

  it("is not scored without references, and says so", async () => {
    const { record: plain, output: place } = await runAgainst(good, {
      metric: undefined,
      dataset: "synthetic",
      datasetOption: ["size=4"],
    });
    expect(plain).toMatchObject({ state: "valid", accuracy: { metric: null, metrics: {}, passed: null } });
    expect(plain.accuracy?.notes[0]).toMatch(/no references/);
    expect(existsSync(join(place, "accuracy.txt"))).toBe(false);
  });

  it("whose metric needs references that are not there does not begin", async () => {
    const wanting = runAgainst(good, { dataset: "synthetic", datasetOption: ["size=4"] });
    await expect(wanting).rejects.toMatchObject({ code: "METRIC_NO_REFERENCE" });
    await expect(runAgainst(good, { metric: "contain" })).rejects.toMatchObject({
      code: "METRIC_NOT_FOUND",
      hint: expect.stringContaining("contains"),
    });
  });
});

describe("a run of both tests", () => {
  it("measures and scores, each test with its own logs", async () => {
    const { record, output } = await runAgainst(good, {
      mode: "all",
      scenario: "server",
      targetQps: 40,
      duration: "1s",
      minQueries: 40,
      percentile: 90,
    });
    expect(record.accuracy).toMatchObject({ samples: 8, metrics: { contains: 87.5 } });
    expect(record.metrics.tokensPerSecond).toBeGreaterThan(0);
    expect(existsSync(join(output, "loadgen-accuracy", "mlperf_log_accuracy.json"))).toBe(true);
    expect((await scoreRun(output)).scores.metrics).toEqual({ contains: 87.5 });
  });
});

describe("token ids", () => {
  const tokenizerFolder = fileURLToPath(new URL("./fixtures/tokenizers/smollm2", import.meta.url));
  let withIds: TellingServer;
  beforeAll(async () => {
    const tokenizer = await loadTokenizerFolder(tokenizerFolder);
    withIds = await startTellingServer((prompt) => {
      const { text } = knowing(7)(prompt);
      return { text, tokenIds: tokenizer.encode(text, { addSpecialTokens: false }) };
    });
  });
  afterAll(async () => withIds?.stop());

  it("are logged where the tokenizer is named, and decoded by it", async () => {
    const { record, output } = await runAgainst(withIds, { tokenizer: tokenizerFolder });
    expect(record.accuracy).toMatchObject({ payload: "token-ids", metrics: { contains: 87.5 } });
    const [sample] = samplesOf(output);
    expect(sample).toMatchObject({ answer: "The answer is Paris." });
    expect(sample?.outputTokens).toBeGreaterThan(8);
    expect((await scoreRun(output)).scores.metrics).toEqual({ contains: 87.5 });
    const bare = join(folder, "bare-ids");
    cpSync(join(output, "loadgen"), bare, { recursive: true });
    const options = { dataset, metric: "contains", tokenizer: tokenizerFolder };
    expect((await scoreRun(bare, { options })).scores.metrics).toEqual({ contains: 87.5 });
  });

  it("are not logged where nothing could decode them", async () => {
    const { record } = await runAgainst(withIds);
    expect(record.accuracy).toMatchObject({ payload: "text", metrics: { contains: 87.5 } });
  });

  it("of an official benchmark stay, and are scored once the tokenizer is named", async () => {
    const { record, output } = await runAgainst(withIds, {
      metric: "contains",
      benchmark: "llama2-70b",
      accuracyTarget: ["contains=80"],
    });
    expect(record).toMatchObject({ state: "valid", accuracy: { payload: "token-ids", metric: null } });
    expect(record.accuracy?.notes[0]).toMatch(/no --tokenizer is given/);
    await expect(scoreRun(output)).rejects.toMatchObject({ code: "ACCURACY_NEEDS_TOKENIZER" });
    const { scores } = await scoreRun(output, { options: { tokenizer: tokenizerFolder } });
    expect(scores).toMatchObject({ metrics: { contains: 87.5 }, passed: true });
    expect(scores.notes[0]).toMatch(/hold for 24576 samples; these are 8/);
  });
});

describe("a judge of the user's", () => {
  const judge = (script: string) => `${JSON.stringify(process.execPath)} -e ${JSON.stringify(script)}`;
  const reading =
    'let text="";process.stdin.on("data",(d)=>text+=d).on("end",()=>{for(const line of text.trim().split("\\n")){const {index,answer,reference}=JSON.parse(line);';

  it("gives pass@1", async () => {
    const script = `${reading}console.log(JSON.stringify({index,pass:answer.includes(reference)}))}})`;
    const { record, output } = await runAgainst(good, { metric: undefined, metricCommand: judge(script) });
    expect(record.accuracy).toMatchObject({ metric: "pass@1", metrics: { "pass@1": 87.5 } });
    expect(samplesOf(output)[7]).toMatchObject({ scores: { "pass@1": 0 } });
  });

  it.each([
    [
      "ends with an error",
      'console.error("no such module");process.exit(3)',
      {},
      /JUDGE_FAILED.*exit code 3: no such module/,
    ],
    [
      "is too slow",
      "setInterval(()=>undefined,1000)",
      { metricTimeout: "300ms" },
      /JUDGE_TIMEOUT.*within 0.3 s/,
    ],
    [
      "leaves samples out",
      "console.log(JSON.stringify({index:0,pass:true}))",
      {},
      /JUDGE_OUTPUT_INVALID.*7 of 8 samples/,
    ],
    ["writes no JSON", 'console.log("fine")', {}, /JUDGE_OUTPUT_INVALID.*line 1 is not JSON/],
    ["judges by words", `console.log('{"index":0,"pass":"yes"}')`, {}, /line 1 is not \{"index": a number/],
    [
      "judges what was not asked",
      `console.log('{"index":99,"pass":true}')`,
      {},
      /sample 99 was not asked for/,
    ],
  ])("that %s fails the run, whose answers are kept", async (_, script, flags, reason) => {
    const { record, output } = await runAgainst(good, {
      metric: undefined,
      metricCommand: judge(script),
      ...flags,
    });
    expect(record).toMatchObject({ state: "failed", accuracy: { metric: null, metrics: {}, samples: 8 } });
    expect(record.reasons[0]?.reason).toMatch(reason);
    const { scores } = await scoreRun(output, { options: { metric: "contains" } });
    expect(scores.metrics).toEqual({ contains: 87.5 });
  });
});

describe("flexbench accuracy", () => {
  let first: string;
  let second: string;
  beforeAll(async () => {
    ({ output: first } = await runAgainst(good));
    ({ output: second } = await runAgainst(poor));
  });

  it("scores a run again, by another metric and target", async () => {
    const plain = await flexbench(["accuracy", first]);
    expect(plain).toMatchObject({ code: 0, stderr: "" });
    expect(plain.stdout).toMatch(
      /^metric +contains\nsamples +8\ncontains +87\.50 \(95 % .*\)\nverdict +no target\nhash +[0-9a-f]{64}\n$/,
    );
    const strict = await flexbench(["accuracy", first, "--accuracy-target", "contains=90", "--json"]);
    expect(strict.code).toBe(6);
    expect(JSON.parse(strict.stdout)).toMatchObject({ metrics: { contains: 87.5 }, passed: false });
  });

  it("changes nothing in the run unless it is told to", async () => {
    const before = readFileSync(join(first, "record.json"), "utf8");
    await scoreRun(first, { options: { metric: "rouge" } });
    expect(readFileSync(join(first, "record.json"), "utf8")).toBe(before);
    const kept = await flexbench(["accuracy", first, "--metric", "rouge", "--keep"]);
    expect(kept.code).toBe(0);
    expect((await readRecord(first)).accuracy).toMatchObject({ metric: "rouge", samples: 8 });
    expect(samplesOf(first)[0]?.scores).toHaveProperty("rougeLsum");
    await scoreRun(first, { options: { metric: "contains" }, keep: true });
  });

  it("says whether a second run is worse", async () => {
    const { differences } = await compareRuns(first, second);
    expect(differences).toMatchObject([{ figure: "contains", first: 87.5, second: 50, difference: -37.5 }]);
    const { code, stdout } = await flexbench(["accuracy", first, "--compare", second]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /contains: .* is (worse than|not told apart from) .* \(−37\.5, 95 % interval .*, 8 samples\)\./,
    );
    const same = await flexbench(["accuracy", first, "--compare", first]);
    expect(same.stdout).toContain("is not told apart from");
  });

  it("scores the log alone, given its dataset", async () => {
    const bare = join(folder, "bare");
    cpSync(join(first, "loadgen"), bare, { recursive: true });
    await expect(scoreRun(bare)).rejects.toMatchObject({ code: "ACCURACY_NEEDS_DATASET" });
    const { scores } = await scoreRun(bare, { options: { dataset, metric: "contains" } });
    expect(scores.metrics).toEqual({ contains: 87.5 });
  });

  it("refuses what it cannot score", async () => {
    const other = join(folder, "other.jsonl");
    writeFileSync(other, '{"prompt": "Only one?", "reference": "yes"}\n');
    await expect(scoreRun(first, { options: { dataset: other } })).rejects.toMatchObject({
      code: "ACCURACY_OTHER_DATASET",
    });
    await expect(scoreRun(folder)).rejects.toMatchObject({ code: "ACCURACY_LOG_MISSING" });
    const log = readFileSync(join(first, "loadgen", "mlperf_log_accuracy.json"), "utf8");
    const broken = (name: string, text: string) => {
      const place = join(folder, name);
      cpSync(first, place, { recursive: true });
      writeFileSync(join(place, "loadgen", "mlperf_log_accuracy.json"), text);
      return scoreRun(place);
    };
    await expect(broken("cut", log.slice(0, log.length / 2))).rejects.toMatchObject({
      code: "ACCURACY_LOG_BROKEN",
    });
    await expect(
      broken("truncated", `${log.slice(0, 40)}\n\n...\n\n${log.slice(-40)}`),
    ).rejects.toMatchObject({
      code: "ACCURACY_LOG_BROKEN",
      message: expect.stringContaining("line 2"),
    });
    await expect(broken("empty", "[\n]\n")).rejects.toMatchObject({ code: "ACCURACY_LOG_EMPTY" });
    const { code, stderr } = await flexbench(["accuracy", first, "--metric", "nonsense"]);
    expect(code).toBe(2);
    expect(stderr).toContain("METRIC_NOT_FOUND");
  });
});
