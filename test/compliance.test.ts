import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { LogEntry } from "#src/accuracy/accuracy-log.js";
import { UsageError } from "#src/errors.js";
import { checkConf } from "#src/loadgen/conf.js";
import { type AuditSettings, auditConfigText, auditSettings } from "#src/mlperf/audits/audit-settings.js";
import { eosTokens } from "#src/mlperf/audits/eos-tokens.js";
import type { Performance } from "#src/mlperf/audits/performance-log.js";
import { scoreByCommand } from "#src/mlperf/audits/score-by-command.js";
import { verifyTest01 } from "#src/mlperf/audits/test01.js";
import { verifyTest04 } from "#src/mlperf/audits/test04.js";
import { verifyTest06 } from "#src/mlperf/audits/test06.js";
import { verifyTest07 } from "#src/mlperf/audits/test07.js";
import { verifyTest09 } from "#src/mlperf/audits/test09.js";
import { verifyAudit } from "#src/mlperf/audits/verify-audit.js";
import { benchmarkRules } from "#src/mlperf/benchmark-rules.js";
import { temporaryFolder } from "./child-script.ts";

const folder = temporaryFolder();
const eot = 128_009;
const endOfText = 128_001;

function tokens(ids: readonly number[]): Buffer {
  const data = Buffer.alloc(4 * ids.length);
  for (const [position, id] of ids.entries()) data.writeInt32LE(id, 4 * position);
  return data;
}

function entry(ids: readonly number[], changes: Partial<LogEntry> = {}): LogEntry {
  return {
    index: 0,
    data: tokens(ids),
    firstToken: tokens(ids.slice(0, 1)),
    tokenCount: ids.length,
    ...changes,
  };
}

/** Files as LoadGen writes them, of which the verifiers read nothing else. */
function writeLogs(name: string, entries: readonly LogEntry[], values: Record<string, unknown>): string {
  const logs = join(folder, name);
  mkdirSync(logs, { recursive: true });
  const lines = entries.map(({ index, data, firstToken, tokenCount }, position) => {
    const hex = (bytes: Buffer | null) => bytes?.toString("hex").toUpperCase();
    const token = firstToken === null ? "" : `, "token_data" : "${hex(firstToken)}"`;
    return `{ "seq_id" : ${position}, "qsl_idx" : ${index}, "data" : "${hex(data)}"${token}, "token_count" : ${tokenCount} }`;
  });
  writeFileSync(join(logs, "mlperf_log_accuracy.json"), `[\n${lines.join(",\n")}\n]\n`);
  const detail = Object.entries(values).map(
    ([key, value]) =>
      `:::MLLOG {"key": "${key}", "value": ${typeof value === "string" && /^\d+$/.test(value) ? value : JSON.stringify(value)}, "time_ms": 0.1, "namespace": "mlperf::logging", "event_type": "POINT_IN_TIME", "metadata": {"is_error": false, "is_warning": false, "file": "test.cc", "line_no": 1, "pid": 1, "tid": 1}}`,
  );
  writeFileSync(join(logs, "mlperf_log_detail.txt"), `${detail.join("\n")}\n`);
  return logs;
}

const settingsOfTest06 = {
  effective_scenario: "Server",
  effective_test_mode: "PerformanceOnly",
  effective_accuracy_log_rng_seed: "720381539243781796",
  effective_accuracy_log_sampling_target: 100,
  effective_min_duration_ms: 0,
  effective_sample_concatenate_permutation: false,
  effective_performance_issue_unique: false,
  effective_performance_issue_same: false,
};

const failing = ({ checks }: { checks: readonly { name: string; passed: boolean | null }[] }) =>
  checks.filter(({ passed }) => passed === false).map(({ name }) => name);

describe("what LoadGen is told", () => {
  const settingsOf = (audit: AuditSettings["audit"], name: string) =>
    auditSettings(audit, benchmarkRules[name] ?? { name });

  it("TEST06 logs 100 answers of 100 queries", () => {
    expect(auditConfigText(settingsOf("TEST06", "llama3.1-8b")).split("\n")).toEqual([
      "# TEST06",
      "*.*.mode = 2",
      "*.*.accuracy_log_rng_seed = 720381539243781796",
      "*.*.accuracy_log_sampling_target = 100",
      "*.*.min_query_count = 100",
      "*.*.min_duration = 0",
      "*.*.sample_concatenate_permutation = 0",
      "",
    ]);
  });

  it("TEST07 and TEST09 ask each sample once and carry their thresholds for the official verifiers", () => {
    const scored = auditConfigText(settingsOf("TEST07", "gpt-oss-120b"));
    for (const line of [
      "min_query_count = 990",
      "performance_issue_unique = 1",
      "test07_accuracy_threshold = 60.698",
    ])
      expect(scored).toContain(`*.*.${line}\n`);
    const measured = auditConfigText(settingsOf("TEST09", "gpt-oss-120b"));
    for (const line of [
      "accuracy_log_sampling_target = 10000",
      "min_query_count = 6396",
      "test09_min_output_tokens = 1150.38",
      "test09_max_output_tokens = 1406.02",
    ])
      expect(measured).toContain(`*.*.${line}\n`);
  });

  it("TEST01 and TEST04 change neither duration nor number of queries", () => {
    for (const audit of ["TEST01", "TEST04"] as const)
      expect(auditConfigText(settingsOf(audit, "llama3.1-8b"))).not.toMatch(/min_duration|min_query_count/);
    expect(auditConfigText(settingsOf("TEST04", "llama3.1-8b"))).toContain(
      "performance_issue_same_index = 3",
    );
  });

  it("is read by LoadGen as it stands", () => {
    for (const { name, audits } of Object.values(benchmarkRules))
      for (const audit of audits)
        expect(checkConf(auditConfigText(settingsOf(audit, name)), "audit")).toEqual([]);
  });

  it("has no thresholds of its own making", () => {
    expect(() => settingsOf("TEST09", "llama3.1-8b")).toThrow(UsageError);
  });
});

describe("TEST06", () => {
  const rules = { scenario: "Server", eosTokens: eosTokens["llama3_1-8b"] ?? [], leastAnswers: 1 } as const;
  const good = entry([11, 12, 13, eot]);

  it("passes answers with one end or none, and says so in the official lines", async () => {
    const verdict = await verifyTest06([good, entry([11, 12])], rules);
    expect(verdict.passed).toBe(true);
    expect(verdict.texts["verify_accuracy.txt"]).toBe(
      "First token check pass: True\nEOS check pass: True\nSample length check pass: True\nTEST06 verification complete\n",
    );
  });

  const broken: readonly (readonly [string, LogEntry, string, string])[] = [
    [
      "another first token",
      entry([11, 12], { firstToken: tokens([12]) }),
      "first token",
      "First token check pass: False",
    ],
    ["no first token", entry([11, 12], { firstToken: null }), "first token", "First token check pass: False"],
    [
      "an empty first token",
      entry([11, 12], { firstToken: tokens([]) }),
      "first token",
      "First token check pass: False",
    ],
    [
      "more first tokens than answer",
      entry([11], { firstToken: tokens([11, 12]) }),
      "first token",
      "First token check pass: False",
    ],
    ["the same end twice", entry([11, eot, eot]), "end of sequence", "EOS check pass: False"],
    ["two different ends", entry([11, endOfText, eot]), "end of sequence", "EOS check pass: False"],
    ["an answer of ends alone", entry([eot, eot]), "end of sequence", "EOS check pass: False"],
    [
      "a token too many reported",
      entry([11, 12], { tokenCount: 3 }),
      "length",
      "Sample length check pass: False",
    ],
    ["no count reported", entry([11, 12], { tokenCount: null }), "length", "Sample length check pass: False"],
  ];
  it.each(broken)("fails %s", async (_, bad, check, line) => {
    const verdict = await verifyTest06([good, { ...bad, index: 7 }, good], rules);
    expect(failing(verdict)).toEqual([check]);
    expect(verdict.checks.find(({ name }) => name === check)?.finding).toContain("sample 7");
    const lines = (verdict.texts["verify_accuracy.txt"] ?? "").split("\n");
    expect(lines).toContain(line);
    expect(lines).toContain("TEST06 verification failed");
  });

  it("fails text in place of token ids with the number of bytes", async () => {
    const verdict = await verifyTest06([entry([], { data: Buffer.from("hello"), tokenCount: 1 })], {
      ...rules,
      scenario: "Offline",
    });
    expect(failing(verdict)).toEqual(["end of sequence", "length"]);
    expect(verdict.checks.find(({ name }) => name === "length")?.finding).toContain("5 bytes");
  });

  it("an end within the answer is none at its end", async () => {
    expect((await verifyTest06([entry([11, eot, eot, 12])], rules)).passed).toBe(true);
  });

  it("looks for no first token in Offline", async () => {
    const verdict = await verifyTest06([{ ...good, firstToken: null }], { ...rules, scenario: "Offline" });
    expect(verdict.passed).toBe(true);
    expect(verdict.texts["verify_accuracy.txt"]).toContain("First token check pass: Skipped\n");
  });

  it("fails a log with too few answers", async () => {
    expect(failing(await verifyTest06([], rules))).toEqual(["answers logged"]);
  });
});

describe("TEST07", () => {
  const entries = [0, 1, 2].map((index) => entry([5], { index }));
  const rules = { leastScore: 60.698, samples: 3 };

  it("passes from the threshold on", async () => {
    const verdict = await verifyTest07(entries, { score: 60.698, output: "'exact_match': 60.698\n" }, rules);
    expect(verdict.passed).toBe(true);
    const text = verdict.texts["verify_accuracy.txt"] ?? "";
    expect(text.split("\n").slice(-5, -1)).toEqual([
      "Accuracy score: 60.698",
      "Accuracy threshold: 60.698",
      "Accuracy check pass: True",
      "TEST PASS",
    ]);
  });

  it.each([
    ["a score below it", entries, 60.697, ["score"]],
    ["no score at all", entries, null, ["score"]],
    ["a missing sample", entries.slice(1), 70, ["samples logged"]],
    [
      "a sample twice in place of another",
      [...entries.slice(1), entries[1] ?? entry([5])],
      70,
      ["samples logged"],
    ],
  ])("fails %s", async (_, logged, score, checks) => {
    const verdict = await verifyTest07(logged, { score, output: "" }, rules);
    expect(failing(verdict)).toEqual(checks);
    expect(verdict.texts["verify_accuracy.txt"]).toMatch(/^TEST FAIL$/m);
    expect(verdict.texts["verify_accuracy.txt"]).not.toContain("TEST PASS");
  });

  it("takes the score of a command, wherever the log stands", async () => {
    const log = join(folder, "it's a log.json");
    writeFileSync(log, "61.5");
    const command = `echo "'exact_match': $(cat {accuracy_log})"`;
    expect(await scoreByCommand({ command }, log)).toEqual({ score: 61.5, output: "'exact_match': 61.5\n" });
    expect((await scoreByCommand({ command: "echo pass=7 >&2", pattern: "pass=(\\d+)" }, log)).score).toBe(7);
    expect((await scoreByCommand({ command: "echo nothing" }, log)).score).toBeNull();
    await expect(scoreByCommand({ command: "echo broken; exit 4" }, log)).rejects.toThrow(
      "exit code 4: broken",
    );
  });
});

describe("TEST09", () => {
  const rules = { meanOutputTokens: { least: 2, most: 3.5 }, samples: 2 };
  const ofLengths = (...lengths: number[]) =>
    lengths.map((length, index) => entry(Array<number>(length).fill(5), { index }));

  it("passes a mean within its bounds, both included, and writes the official lines", async () => {
    expect((await verifyTest09(ofLengths(3, 4), rules)).passed).toBe(true);
    const halfway = await verifyTest09(ofLengths(2, 2, 2, 2, 2, 2, 2, 3), { ...rules, samples: 8 });
    expect(halfway.texts["verify_output_len.txt"]).toContain("Mean output tokens: 2.12\n");
    const verdict = await verifyTest09(ofLengths(1, 3), rules);
    expect(verdict).toMatchObject({
      passed: true,
      figures: { answers: 2, outputTokens: 4, meanOutputTokens: 2 },
    });
    const lines = (verdict.texts["verify_output_len.txt"] ?? "").split("\n");
    expect(lines.slice(6, 11)).toEqual([
      "Total samples: 2",
      "Mean output tokens: 2.00",
      "Min output tokens: 1",
      "Max output tokens: 3",
      "Std deviation: 1.00",
    ]);
    expect(lines.slice(-8)).toEqual([
      "Mean output tokens: 2.00",
      "Min threshold: 2.0",
      "Max threshold: 3.5",
      "Min check pass: True",
      "Max check pass: True",
      "",
      "TEST PASS",
      "",
    ]);
  });

  it.each([
    ["answers that are too short", ofLengths(1, 2), ["mean output length"]],
    ["answers that are too long", ofLengths(4, 4), ["mean output length"]],
    ["a sample that is missing", ofLengths(3), ["samples logged"]],
    [
      "bytes that are no token ids",
      [...ofLengths(3), entry([], { index: 1, data: Buffer.alloc(13) })],
      ["token ids"],
    ],
    ["an empty log", [], ["mean output length", "samples logged"]],
  ])("fails %s", async (_, entries, checks) => {
    const verdict = await verifyTest09(entries, rules);
    expect(failing(verdict)).toEqual(checks);
    expect(verdict.texts["verify_output_len.txt"]).toMatch(/^TEST FAIL$/m);
  });
});

describe("TEST01 and TEST04", () => {
  const speed = (figure: number, changes: Partial<Performance> = {}): Performance => ({
    scenario: "Offline",
    isValid: true,
    figure,
    isLatency: false,
    targetLatencyNs: null,
    ...changes,
  });
  const closedLoop = (figure: number) => speed(figure, { scenario: "SingleStream", isLatency: true });
  const accuracyEntries = [0, 1].map((index) => entry([5 + index, 9], { index }));
  const compared = (auditEntries: LogEntry[], run = speed(100), audit: Performance | null = speed(105)) =>
    verifyTest01({
      accuracyEntries,
      auditEntries,
      runPerformance: run,
      auditPerformance: audit,
      element: "int32",
    });

  it("TEST01 passes answers that begin as in the accuracy test, at a similar speed", async () => {
    const verdict = await compared([entry([6, 10], { index: 1 })]);
    expect(verdict.passed).toBe(true);
    expect(verdict.checks[0]?.finding).toContain("0 are the same to the end");
    expect(verdict.texts["verify_accuracy.txt"]).toMatch(
      /num_perf_log_qsl_idx_match = 1\n[\s\S]*TEST PASS\n/,
    );
    expect(verdict.texts["verify_performance.txt"]).toBe(
      "Verifying performance.\nReference score = 100.0\nTest score = 105.0\nTEST PASS\n",
    );
  });

  it.each([
    ["another answer", [entry([7, 9], { index: 1 })], ["answers"]],
    ["another answer the second time", [entry([6], { index: 1 }), entry([7], { index: 1 })], ["answers"]],
    ["no answer where there was one", [entry([], { index: 1 })], ["answers"]],
    ["samples that the accuracy test did not have", [entry([5], { index: 8 })], ["answers"]],
  ])("TEST01 fails %s", async (_, entries, checks) => {
    expect(failing(await compared(entries))).toEqual(checks);
  });

  const same = [accuracyEntries[0] ?? entry([5])];
  it.each([
    ["10 % slower", speed(100), speed(90), true],
    ["more than 10 % slower", speed(100), speed(89.9), false],
    ["more than 10 % faster", speed(100), speed(110.1), false],
    ["18 % at latencies of up to 200 µs", closedLoop(200_000), closedLoop(236_000), true],
    ["18 % at longer ones", closedLoop(200_001), closedLoop(236_000), false],
    ["an INVALID audit", speed(100), speed(100, { isValid: false }), false],
    ["an INVALID run", speed(100, { isValid: false }), speed(100), false],
    ["another scenario", speed(100), closedLoop(100), false],
    ["a log without a result", speed(100), null, false],
  ])("TEST01 and %s", async (_, run, audit, passes) => {
    const verdict = await compared(same, run, audit);
    expect(failing(verdict)).toEqual(passes ? [] : ["performance"]);
    expect(verdict.texts["verify_performance.txt"]).toMatch(passes ? /^TEST PASS$/m : /^TEST FAIL/m);
  });

  it.each([
    ["much slower", speed(100), speed(50), true],
    ["9 % faster", speed(100), speed(109), true],
    ["11 % faster", speed(100), speed(111), false],
    ["a latency 5 % shorter", closedLoop(1_000_000), closedLoop(950_000), true],
    ["a latency 10 % shorter, which is 11 % faster", closedLoop(1_000_000), closedLoop(900_000), false],
  ])("TEST04: one sample over and over, %s", (_, run, audit, passes) => {
    expect(verifyTest04(run, audit).passed).toBe(passes);
  });
});

describe("logs in a folder", () => {
  const settings = { ...auditSettings("TEST06", { name: "llama3.1-8b" }), leastQueries: 1 };
  const evidence = { settings, scenario: "Server", eosTokens: [eot] } as const;
  const entries = [entry([11, 12, eot])];

  it("are verified together with the settings that LoadGen ran under", async () => {
    const verdict = await verifyAudit(writeLogs("good", entries, settingsOfTest06), evidence);
    expect(verdict.passed).toBe(true);
    expect(verdict.checks.at(-1)?.finding).toBe("LoadGen ran under the settings of the audit.");
  });

  it("fail when the audit.config was not read", async () => {
    const values = {
      ...settingsOfTest06,
      effective_accuracy_log_rng_seed: 0,
      effective_min_duration_ms: 600_000,
    };
    const verdict = await verifyAudit(writeLogs("unaudited", entries, values), evidence);
    expect(failing(verdict)).toEqual(["settings"]);
    expect(verdict.checks.at(-1)?.finding).toContain("accuracy_log_rng_seed is 0, not 720381539243781796");
  });

  it("are refused when there are none, or only what is left of one", async () => {
    await expect(verifyAudit(folder, evidence)).rejects.toThrow("it holds no mlperf_log_accuracy.json");
    const logs = writeLogs("truncated", entries, settingsOfTest06);
    writeFileSync(join(logs, "mlperf_log_accuracy.json"), '[\n{ "seq_id" : 0, "qsl\n\n...\n\n');
    await expect(verifyAudit(logs, evidence)).rejects.toMatchObject({ code: "ACCURACY_LOG_BROKEN" });
  });
});
