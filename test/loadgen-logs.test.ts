import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RunFailedError } from "#src/errors.js";
import { parseDetailEntry, readDetailLog } from "#src/loadgen/detail-log.js";
import { explainVerdict } from "#src/loadgen/explain-verdict.js";
import { type LoadgenResult, readLoadgenResult } from "#src/loadgen/verdict.js";

const fixtures = join(import.meta.dirname, "fixtures/loadgen");
const sourceSha256 = "a2e85d09";

function resultOf(name: string): LoadgenResult {
  return readLoadgenResult(join(fixtures, name), { sourceSha256 });
}

function detailOf(name: string): string {
  return join(fixtures, name, "mlperf_log_detail.txt");
}

function entry(value: string): string {
  return `:::MLLOG {"key": "k", "value": ${value}, "time_ms": 1.500000, "namespace": "mlperf::logging", "event_type": "POINT_IN_TIME", "metadata": {"is_error": false, "is_warning": false, "file": "a.cc", "line_no": 1, "pid": 1, "tid": 1}}`;
}

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "flexbench-logs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("entries of the detail log", () => {
  test("are typed, with their time and without loss of digits", () => {
    const entries = [...readDetailLog(detailOf("server-valid"))];
    const value = (key: string) => entries.find((each) => each.key === key)?.value;
    expect(value("effective_scenario")).toBe("Server");
    expect(value("result_first_token_99.00_percentile_latency_ns")).toBe(5197460);
    expect(value("result_token_throughput")).toBe(1.39542e-6);
    expect(value("result_min_duration_met")).toBe(true);
    expect(value("loaded_qsl_set")).toHaveLength(64);
    expect(value("loadgen_file_sha1")).toHaveProperty("/early_stopping.cc");
    // A seed of 64 bits does not fit a double.
    expect(value("effective_qsl_rng_seed")).toBe("2085463073848966840");
    expect(entries.at(-1)).toMatchObject({
      key: "num_errors",
      value: 0,
      timeMs: 1023.808305,
      isError: false,
    });
    expect(entries).toHaveLength(readFileSync(detailOf("server-valid"), "utf8").trimEnd().split("\n").length);
  });

  test.each(["nan", "-nan", "NaN", "inf", "-inf", "Infinity", "-Infinity"])(
    "keep %s as null with its text",
    (text) => {
      expect(parseDetailEntry(entry(text))).toMatchObject({
        key: "k",
        value: null,
        rawValue: text,
        timeMs: 1.5,
      });
    },
  );

  test("that LoadGen itself wrote with -nan are read", () => {
    const rate = [...readDetailLog(detailOf("server-one-query"))].find(({ rawValue }) => rawValue === "-nan");
    expect(rate).toMatchObject({ key: "result_scheduled_samples_per_sec", value: null });
  });

  test("with quotes and a line break in a name are read whole", () => {
    const entries = [...readDetailLog(detailOf("quoted-name"))];
    expect(entries.find(({ key }) => key === "sut_name")?.value).toBe('Test "A",\nsecond line');
    expect(entries.at(-1)?.key).toBe("num_errors");
  });

  test("take a backslash for itself, as LoadGen does not escape", () => {
    expect(parseDetailEntry(entry('"C:\\new "x""'))?.value).toBe('C:\\new "x"');
  });

  test("that are cut off or foreign are skipped, all before them are kept", () => {
    const whole = readFileSync(detailOf("server-valid"), "utf8").trimEnd().split("\n");
    const last = whole.at(-1) ?? "";
    for (const keep of [1, 9, 40, last.length - 2]) {
      const path = join(folder, `${keep}.txt`);
      writeFileSync(path, [...whole.slice(0, -1), last.slice(0, keep)].join("\n"));
      expect([...readDetailLog(path)]).toHaveLength(whole.length - 1);
    }
    const path = join(folder, "foreign.txt");
    writeFileSync(path, `something else\n${whole.slice(0, 3).join("\n")}`);
    expect([...readDetailLog(path)]).toHaveLength(3);
    writeFileSync(path, "");
    expect([...readDetailLog(path)]).toEqual([]);
  });

  test("are read across the pieces in which a large file comes, characters of several bytes too", () => {
    const path = join(folder, "large.txt");
    const count = 12_000;
    writeFileSync(path, Array.from({ length: count }, (_, index) => entry(`"größe ${index} µs"`)).join("\n"));
    const values = [...readDetailLog(path)].map(({ value }) => value);
    expect(values).toHaveLength(count);
    expect(values.filter((value, index) => value !== `größe ${index} µs`)).toEqual([]);
  });
});

describe("result of a test", () => {
  test.each([
    ["server-valid", "Server", "performance", "VALID"],
    ["server-over-latency", "Server", "performance", "INVALID"],
    ["offline-valid", "Offline", "performance", "VALID"],
    ["single-stream-valid", "SingleStream", "performance", "VALID"],
    ["multi-stream-valid", "MultiStream", "performance", "VALID"],
    ["server-accuracy", "Server", "accuracy", null],
  ])("%s", (name, scenario, mode, validity) => {
    expect(resultOf(name)).toMatchObject({ version: "6.0.17", sourceSha256, scenario, mode, validity });
  });

  test("holds every figure and setting of the log, and nothing else", () => {
    const { summary } = resultOf("server-valid");
    expect(summary).toMatchObject({
      result_completed_samples_per_sec: 475.776,
      effective_target_qps: 500,
      requested_server_ttft_latency: 200_000_000,
      early_stopping_met: true,
      generated_query_count: 484,
      num_errors: 0,
    });
    expect(Object.keys(summary).filter((key) => /^(logger|loadgen|power|loaded)/.test(key))).toEqual([]);
  });

  test("holds LoadGen's own reasons", () => {
    expect(resultOf("server-over-latency").invalidReasons.slice(0, 2)).toEqual([
      "TTFT constrain not met: Reduce target QPS to improve latency.",
      "TPOT constrain not met: Reduce target QPS to improve latency.",
    ]);
    expect(resultOf("server-valid").invalidReasons).toEqual([]);
  });

  test("names each error and warning once, and how many there were", () => {
    const result = resultOf("server-one-token");
    expect(result.errors).toEqual(["Number of tokens need to be greater than 1"]);
    expect(result.summary.num_errors).toBe(4);
    expect(resultOf("audit").warnings).toEqual([
      "Found Audit Config file (audit.config). Overriding TestSettings from audit.config file.",
    ]);
  });

  test("of a test that was cut off has no verdict", () => {
    const text = readFileSync(detailOf("server-valid"), "utf8");
    writeFileSync(join(folder, "a_detail_b.txt"), text.slice(0, text.indexOf("result_validity") - 20));
    const result = readLoadgenResult(folder, { prefix: "a_", suffix: "_b", sourceSha256 });
    expect(result).toMatchObject({ validity: null, mode: "performance", invalidReasons: [] });
  });

  test("is an error when there is no log or one without settings", () => {
    expect(() => readLoadgenResult(folder, { sourceSha256 })).toThrow(
      expect.objectContaining({ code: "LOADGEN_LOG_MISSING" }),
    );
    writeFileSync(join(folder, "mlperf_log_detail.txt"), `${entry("1")}\n:::MLLOG {"key": "load`);
    expect(() => readLoadgenResult(folder, { sourceSha256 })).toThrow(RunFailedError);
    expect(() => readLoadgenResult(folder, { sourceSha256 })).toThrow(
      expect.objectContaining({ code: "LOADGEN_LOG_INCOMPLETE" }),
    );
  });
});

describe("explanation of a verdict", () => {
  test.each([
    "server-valid",
    "offline-valid",
    "single-stream-valid",
    "multi-stream-valid",
    "server-accuracy",
    "audit",
  ])("has nothing to say about %s", (name) => expect(explainVerdict(resultOf(name))).toEqual([]));

  test("of token latencies gives value, limit and flag, and leaves early stopping out", () => {
    expect(explainVerdict(resultOf("server-over-latency"))).toEqual([
      {
        reason: expect.stringMatching(/^TTFT p99 is \d\.\d+ ms, over the limit of 2 ms\.$/),
        remedy: "Lower --target-qps (it was 500) or raise --ttft-limit.",
      },
      {
        reason: expect.stringMatching(/^TPOT p99 is 5\d\d(\.\d)? µs, over the limit of 250 µs\.$/),
        remedy: "Lower --target-qps (it was 500) or raise --tpot-limit.",
      },
    ]);
  });

  test("of a plain latency limit", () => {
    expect(explainVerdict(resultOf("server-plain-latency"))).toEqual([
      {
        reason: expect.stringMatching(/^Latency p99 is 1\d\.\d+ ms, over the limit of 10 ms\.$/),
        remedy: "Lower --target-qps (it was 500) or raise the target latency.",
      },
    ]);
  });

  test("of early stopping gives the 459 queries of p99 and how to get them", () => {
    const result = resultOf("server-early-stopping");
    const done = Number(result.summary.result_query_count);
    expect(explainVerdict(result)).toEqual([
      {
        reason: `Early stopping: ${done} queries are too few to be sure of p99; ${459 - done} more are needed (459 in all).`,
        remedy: "Set --min-queries 459 or --duration 3s.",
      },
    ]);
  });

  test("of a single query, whose log is not JSON", () => {
    expect(explainVerdict(resultOf("server-one-query"))[0]?.reason).toContain(
      "458 more are needed (459 in all)",
    );
  });

  test("of a test that max_query_count cut short", () => {
    const reasons = explainVerdict(resultOf("server-max-query-count")).map(({ reason }) => reason);
    expect(reasons).toEqual([
      expect.stringMatching(/^The test ended after 2\d\d(\.\d)? ms, before its minimum duration of 1 s\.$/),
      "Only 50 queries were issued; at least 100 are required.",
      expect.stringContaining("(459 in all)"),
      "max_query_count ended the test before LoadGen was done.",
    ]);
  });

  test("of a test that max_duration cut short", () => {
    const reasons = explainVerdict(resultOf("server-max-duration")).map(({ reason }) => reason);
    expect(reasons.at(-1)).toBe("max_duration ended the test before LoadGen was done.");
  });

  test("of an Offline query that was too small", () => {
    expect(explainVerdict(resultOf("offline-short"))).toEqual([
      {
        reason: expect.stringMatching(
          /^The test ended after \d+(\.\d+)? ms, before its minimum duration of 1 s\.$/,
        ),
        remedy: expect.stringContaining("Raise --target-qps"),
      },
    ]);
  });

  test("of a SingleStream test that ran out of generated queries", () => {
    const explanations = explainVerdict(resultOf("single-stream-out-of-queries"));
    expect(explanations.map(({ reason }) => reason)).toEqual([
      expect.stringContaining("before its minimum duration of 1 s"),
      "Early stopping: 10 queries are too few to be sure of p90; 54 more are needed (64 in all).",
      "LoadGen ran out of generated queries before the minimum duration and query count.",
    ]);
    expect(explanations.at(-1)?.remedy).toContain("expected latency");
  });

  test("of answers with one token says --min-tokens 2", () => {
    expect(explainVerdict(resultOf("server-one-token"))).toContainEqual({
      reason: expect.stringContaining("fewer than two tokens"),
      remedy: "Set --min-tokens 2.",
    });
  });

  test("of answers without a first token", () => {
    expect(explainVerdict(resultOf("server-no-first-token")).map(({ reason }) => reason)).toContainEqual(
      expect.stringContaining("without a first token"),
    );
  });

  test("repeats an error line that it does not know, and mentions an audit.config", () => {
    const result = { ...resultOf("audit"), errors: ["Something new"] };
    expect(explainVerdict(result).map(({ reason }) => reason)).toEqual([
      "LoadGen logged an error: Something new",
      expect.stringContaining("audit.config"),
    ]);
  });

  test("falls back on LoadGen's words", () => {
    const result: LoadgenResult = {
      ...resultOf("server-valid"),
      validity: "INVALID",
      invalidReasons: ["Because."],
    };
    expect(explainVerdict(result)).toEqual([
      { reason: "LoadGen judged the run INVALID: Because.", remedy: null },
    ]);
    expect(explainVerdict({ ...result, invalidReasons: [] })[0]?.reason).toContain("without giving a reason");
  });

  test("of an unusual percentile, which LoadGen does not log, still names limit and flag", () => {
    const result = resultOf("server-over-latency");
    const summary = { ...result.summary, effective_target_latency_percentile: 0.98 };
    expect(explainVerdict({ ...result, summary })[0]?.reason).toBe("TTFT p98 is over the limit of 2 ms.");
  });
});
