import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asyncBufferFromFile, parquetMetadataAsync } from "hyparquet";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { UsageError } from "#src/errors.js";
import { readLoadgenResult } from "#src/loadgen/verdict.js";
import { buildRecord, type RunOutcome, type TestOutcome } from "#src/results/build-record.js";
import type { RunRecord } from "#src/results/record.js";
import { readRequests, writeRequests } from "#src/results/requests-parquet.js";
import { nothingObserved } from "#src/results/resources.js";
import {
  commitRunFolder,
  createRunFolder,
  discardRunFolder,
  readRecord,
  writeConfig,
  writeRecord,
} from "#src/results/store.js";
import { systemFacts } from "#src/results/system.js";
import { type Timeline, type TimelineColumn, timelineColumns } from "#src/sut/timeline.js";

const fixtures = join(import.meta.dirname, "fixtures/loadgen");

function timelineOf(rows: readonly Partial<Record<TimelineColumn, number>>[]): Timeline {
  const column = (name: TimelineColumn) => Float64Array.from(rows, (row) => row[name] ?? Number.NaN);
  return {
    length: rows.length,
    columns: Object.fromEntries(timelineColumns.map((name) => [name, column(name)])) as Timeline["columns"],
    finishReasons: ["stop", "length"],
    errors: [{ code: "TIMEOUT", example: "no answer within 60 s" }],
  };
}

function requestAt(ns: number, changes: Partial<Record<TimelineColumn, number>> = {}) {
  return {
    sample: 1,
    endpoint: 0,
    worker: 0,
    scheduledNs: ns,
    issuedNs: ns + 1,
    sentNs: ns + 2,
    firstByteNs: ns + 1e6,
    firstTokenNs: ns + 1e6,
    lastTokenNs: ns + 2e6,
    completedNs: ns + 3e6,
    promptTokens: 4,
    outputTokens: 8,
    tokenEvents: 8,
    finishReason: 1,
    ...changes,
  };
}

function requests(count: number, failed = 0): Timeline {
  return timelineOf(
    Array.from({ length: count }, (_, index) =>
      requestAt(index * 1e7, { endpoint: index % 2, ...(index < failed ? { error: 0 } : {}) }),
    ),
  );
}

function testOutcome(fixture: string, changes: Partial<TestOutcome> = {}): TestOutcome {
  return {
    timeline: requests(484),
    issued: 484,
    loadgen: readLoadgenResult(join(fixtures, fixture), { sourceSha256: "a2e8" }),
    health: {
      cpuSeconds: 1,
      rssBytes: 1e8,
      workers: 2,
      eventLoopDelayNs: { p50: 1e6, p99: 2e6, max: 5e6 },
      busiestWorkerUtilization: 0.3,
      connectionWaits: 0,
    },
    gaps: [new Float64Array(640).fill(1)],
    takenOut: [false, false],
    failure: null,
    ...changes,
  };
}

function outcome(changes: Partial<RunOutcome> = {}): RunOutcome {
  return {
    id: "20261124T120000Z-server-a1b2c3",
    startedAt: new Date("2026-11-24T12:00:00Z"),
    endedAt: new Date("2026-11-24T12:01:00Z"),
    flexbench: { version: "0.1.0", commit: null },
    simulated: false,
    scenario: "Server",
    limits: { ttftNs: 2e9, tpotNs: 2e8 },
    askedQps: 500,
    maxErrorRate: 0,
    tokenCountSource: "usage",
    performance: testOutcome("server-valid"),
    accuracyTest: null,
    accuracy: null,
    resources: nothingObserved,
    aborted: null,
    failure: null,
    model: { name: "tiny", module: "generic" },
    dataset: { name: "synthetic", source: "built-in", sha256: null, size: 64, performanceSampleCount: 64 },
    endpointUrls: ["http://127.0.0.1:1", "http://127.0.0.1:2"],
    server: { name: "vllm", version: null, maxModelLength: 2048, configuration: null, launch: null },
    system: systemFacts(),
    config: { endpoint: ["http://127.0.0.1:1"], apiKey: "***" },
    submission: null,
    ...changes,
  };
}

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "flexbench-results-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("state of a run", () => {
  test("valid: LoadGen says so and nothing failed", () => {
    const record = buildRecord(outcome());
    expect(record).toMatchObject({ state: "valid", reasons: [], label: "not verified by MLCommons" });
    expect(record.metrics.tokensPerSecond).toBe(record.loadgen?.summary.result_completed_tokens_per_second);
    expect(record.requests).toMatchObject({ issued: 484, completed: 484, failed: 0 });
    expect(record.endpoints).toMatchObject([
      { url: "http://127.0.0.1:1", requests: 242, failed: 0 },
      { url: "http://127.0.0.1:2", requests: 242, failed: 0 },
    ]);
    expect(record.client?.stimulus.askedQps).toBe(500);
  });

  test("invalid: LoadGen says so, with the reasons and what to change", () => {
    const record = buildRecord(outcome({ performance: testOutcome("server-over-latency") }));
    expect(record.state).toBe("invalid");
    expect(record.reasons.map(({ remedy }) => remedy)).toEqual([
      expect.stringContaining("--ttft-limit"),
      expect.stringContaining("--tpot-limit"),
    ]);
  });

  test("invalid: errors were logged that no failed request explains", () => {
    const performance = testOutcome("server-valid");
    const loadgen =
      performance.loadgen === null ? null : { ...performance.loadgen, errors: ["Something else"] };
    const record = buildRecord(outcome({ performance: { ...performance, loadgen } }));
    expect(record.state).toBe("invalid");
    expect(record.reasons[0]?.reason).toContain("Something else");
  });

  test.each([
    ["valid", 2, 3],
    ["invalid", 0, 3],
    // Two failed requests cannot have caused five errors.
    ["invalid", 2, 5],
  ])(
    "%s: %i allowed failures beside %i errors of LoadGen about answers that are not whole",
    (state, failed, errors) => {
      const performance = testOutcome("server-valid", { timeline: requests(484, failed) });
      const loadgen =
        performance.loadgen === null
          ? null
          : {
              ...performance.loadgen,
              errors: ["Number of tokens need to be greater than 1"],
              summary: { ...performance.loadgen.summary, num_errors: errors },
            };
      const record = buildRecord(outcome({ maxErrorRate: 0.01, performance: { ...performance, loadgen } }));
      expect(record.state).toBe(state);
    },
  );

  test("failed: more requests failed than allowed, though LoadGen says VALID", () => {
    const record = buildRecord(
      outcome({ performance: testOutcome("server-valid", { timeline: requests(484, 5) }) }),
    );
    expect(record.loadgen?.validity).toBe("VALID");
    expect(record.state).toBe("failed");
    expect(record.reasons).toEqual([
      {
        reason: "5 of 484 requests failed (1.03 %; allowed 0 %): 5 × TIMEOUT (no answer within 60 s).",
        remedy: expect.stringContaining("--max-error-rate"),
      },
    ]);
    expect(record.endpoints.map(({ failed }) => failed)).toEqual([3, 2]);
    expect(record.metrics.samplesPerSecond).not.toBe(
      record.loadgen?.summary.result_completed_samples_per_sec,
    );
  });

  test("valid: as many requests failed as allowed", () => {
    const performance = testOutcome("server-valid", { timeline: requests(100, 5), issued: 100 });
    expect(buildRecord(outcome({ performance, maxErrorRate: 0.05 })).state).toBe("valid");
    expect(buildRecord(outcome({ performance, maxErrorRate: 0.049 })).state).toBe("failed");
  });

  test("failed: the test did not come to its end", () => {
    const failure = { reason: "The child process ended with SIGSEGV.", remedy: null };
    const crashed = testOutcome("server-valid", { failure, loadgen: null, health: null, issued: 500 });
    const record = buildRecord(outcome({ performance: crashed }));
    expect(record).toMatchObject({ state: "failed", reasons: [failure], loadgen: null, client: null });
    expect(record.requests).toMatchObject({ issued: 500, completed: 484 });
    expect(record.metrics.ttftNs?.p50).toBe(1e6);
  });

  test("failed: LoadGen gave no verdict or left no log, though nobody noticed why", () => {
    const performance = testOutcome("server-valid");
    const loadgen = performance.loadgen === null ? null : { ...performance.loadgen, validity: null };
    expect(buildRecord(outcome({ performance: { ...performance, loadgen } }))).toMatchObject({
      state: "failed",
      reasons: [{ reason: "The test ended before LoadGen gave its verdict." }],
    });
    expect(buildRecord(outcome({ performance: { ...performance, loadgen: null } })).state).toBe("failed");
  });

  test("failed: the run ended before a test began", () => {
    const failure = { reason: "The server ended.", remedy: "See its log." };
    expect(buildRecord(outcome({ performance: null, failure }))).toMatchObject({
      state: "failed",
      reasons: [failure],
      requests: { issued: 0 },
      metrics: { outputTokens: 0, ttftNs: null },
    });
    expect(buildRecord(outcome({ performance: null })).state).toBe("failed");
  });

  test("aborted: by the user, whatever else is true", () => {
    const aborted = { reason: "Interrupted by Ctrl-C after 12 s.", remedy: null };
    const performance = testOutcome("server-over-latency", { timeline: requests(20, 3), issued: 31 });
    const record = buildRecord(outcome({ aborted, performance }));
    expect(record).toMatchObject({
      state: "aborted",
      reasons: [aborted],
      requests: { issued: 31, failed: 3 },
    });
  });

  test("of an accuracy test alone: valid once every sample was answered, and without figures of speed", () => {
    const accuracyTest = testOutcome("server-accuracy", { timeline: requests(24), issued: 24 });
    const record = buildRecord(outcome({ performance: null, accuracyTest }));
    expect(record).toMatchObject({
      state: "valid",
      loadgen: { mode: "accuracy", validity: null },
      metrics: { samplesPerSecond: null, outputTokens: 24 * 8 },
      requests: { completed: 24 },
    });
    const short = testOutcome("server-accuracy", { timeline: requests(23), issued: 24 });
    expect(buildRecord(outcome({ performance: null, accuracyTest: short }))).toMatchObject({
      state: "failed",
      reasons: [{ reason: "Only 23 of 24 samples were answered." }],
    });
  });

  test("of both tests says which one it is about, and takes its figures from the performance test", () => {
    const accuracyTest = testOutcome("server-accuracy", { timeline: requests(24, 2), issued: 24 });
    const record = buildRecord(outcome({ accuracyTest }));
    expect(record.state).toBe("failed");
    expect(record.reasons[0]?.reason).toMatch(/^In the accuracy test: 2 of 24 requests failed/);
    expect(record.requests.issued).toBe(484);
    expect(record.loadgen?.mode).toBe("performance");
  });
});

describe("folder of a run", () => {
  async function committed(record: RunRecord): Promise<string> {
    const run = await createRunFolder(join(folder, "run"), "server");
    await writeRecord(run.workPath, record);
    await writeConfig(run.workPath, record.config);
    await commitRunFolder(run);
    return run.path;
  }

  test("comes into being whole, with a record that reads back as it was", async () => {
    const record = buildRecord(outcome());
    const path = await committed(record);
    expect(readdirSync(folder)).toEqual(["run"]);
    expect(readdirSync(path).sort()).toEqual(["config.yaml", "loadgen", "record.json"]);
    expect(await readRecord(path)).toEqual(JSON.parse(JSON.stringify(record)));
    expect(await readRecord(join(path, "record.json"))).toEqual(await readRecord(path));
    expect(parse(readFileSync(join(path, "config.yaml"), "utf8"))).toEqual(record.config);
  });

  test.each(["aborted", "failed"] as const)("holds the record of a run that %s too", async (state) => {
    const explanation = { reason: "It was over.", remedy: null };
    const changes = state === "aborted" ? { aborted: explanation } : { failure: explanation };
    const record = buildRecord(outcome({ ...changes, performance: null }));
    expect((await readRecord(await committed(record))).state).toBe(state);
  });

  test("is absent until it is committed, and leaves nothing when it is discarded", async () => {
    const path = join(folder, "a/b/run");
    const run = await createRunFolder(path, "offline");
    await writeRecord(run.workPath, buildRecord(outcome()));
    expect(existsSync(path)).toBe(false);
    expect(existsSync(run.loadgenPath)).toBe(true);
    await discardRunFolder(run);
    expect(readdirSync(join(folder, "a/b"))).toEqual([]);
  });

  test("is by default named after time, scenario and chance, below flexbench-results", async () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      const first = await createRunFolder(null, "single-stream");
      const second = await createRunFolder(null, "single-stream");
      expect(first.id).toMatch(/^\d{8}T\d{6}Z-single-stream-[0-9a-f]{6}$/);
      expect(second.id).not.toBe(first.id);
      await commitRunFolder(first);
      expect(existsSync(join(folder, "flexbench-results", first.id, "loadgen"))).toBe(true);
    } finally {
      process.chdir(before);
    }
  });

  test("may be an empty one, and never one that holds files", async () => {
    const taken = join(folder, "taken");
    mkdirSync(taken);
    const run = await createRunFolder(taken, "server");
    await commitRunFolder(run);
    await expect(createRunFolder(taken, "server")).rejects.toMatchObject({
      code: "OUTPUT_NOT_EMPTY",
      exitCode: 2,
      problems: [{ where: "--output", message: expect.stringContaining(taken) }],
    });
    expect(readdirSync(folder)).toEqual(["taken"]);
  });

  test("is refused where a file stands, in its place or above it", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    await expect(createRunFolder(file, "server")).rejects.toMatchObject({ code: "OUTPUT_NOT_A_FOLDER" });
    await expect(createRunFolder(join(file, "run"), "server")).rejects.toBeInstanceOf(UsageError);
  });

  test("that was taken while the run went on is not overwritten; the run is kept beside it", async () => {
    const path = join(folder, "run");
    const run = await createRunFolder(path, "server");
    mkdirSync(path);
    writeFileSync(join(path, "precious"), "1");
    await expect(commitRunFolder(run)).rejects.toMatchObject({
      code: "OUTPUT_NOT_RENAMED",
      hint: expect.stringContaining(run.workPath),
    });
    expect(readdirSync(path)).toEqual(["precious"]);
    expect(existsSync(run.workPath)).toBe(true);
  });
});

describe("reading a record", () => {
  const write = (content: string) => writeFileSync(join(folder, "record.json"), content);

  test("says where there is none", async () => {
    await expect(readRecord(folder)).rejects.toMatchObject({ code: "RECORD_MISSING", exitCode: 2 });
    await expect(readRecord(join(folder, "nowhere"))).rejects.toMatchObject({ code: "RECORD_MISSING" });
  });

  test("says that it is not JSON, or of another schema", async () => {
    write('{"schema": "flexben');
    await expect(readRecord(folder)).rejects.toMatchObject({ code: "RECORD_NOT_JSON" });
    write('{"schema": "flexbench.run/2"}');
    await expect(readRecord(folder)).rejects.toThrow("Its schema is flexbench.run/2, not flexbench.run/1.");
    for (const other of ["{}", "[]", "null", "3"]) {
      write(other);
      await expect(readRecord(folder)).rejects.toMatchObject({ code: "RECORD_SCHEMA" });
    }
  });

  test("names every field that is wrong at once", async () => {
    const record = buildRecord(outcome());
    write(JSON.stringify({ ...record, state: "fine", metrics: { ...record.metrics, outputTokens: "many" } }));
    const error: unknown = await readRecord(folder).catch((reason: unknown) => reason);
    if (!(error instanceof UsageError)) throw new Error("a UsageError was expected");
    expect(error.code).toBe("RECORD_BROKEN");
    expect(error.problems.map(({ where }) => where.split(": ")[1])).toEqual([
      "state",
      "metrics.outputTokens",
    ]);
  });
});

describe("requests.parquet", () => {
  const path = () => join(folder, "requests.parquet");

  test("reads back as it was written: missing times, finish reasons and error codes too", async () => {
    const timeline = timelineOf([
      requestAt(0, { sample: 7, endpoint: 1, worker: 3, finishReason: 0 }),
      requestAt(3_600_000_000_001, {
        firstTokenNs: Number.NaN,
        outputTokens: Number.NaN,
        finishReason: Number.NaN,
        error: 0,
      }),
      requestAt(5),
    ]);
    writeRequests(path(), timeline);
    const read = await readRequests(path());
    expect(read.length).toBe(3);
    for (const name of timelineColumns) {
      if (name !== "finishReason") expect(read.columns[name], name).toEqual(timeline.columns[name]);
    }
    expect([...read.columns.finishReason].map((index) => read.finishReasons[index] ?? null)).toEqual([
      "stop",
      null,
      "length",
    ]);
    expect(read.errors).toEqual([{ code: "TIMEOUT", example: "" }]);
  });

  test("has snake_case columns of 64 bits for times and 32 for counts, each of which may be null", async () => {
    writeRequests(path(), requests(2));
    const { schema } = await parquetMetadataAsync(await asyncBufferFromFile(path()));
    const [, ...columns] = schema;
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "sample INT32",
      "endpoint INT32",
      "worker INT32",
      "scheduled_ns INT64",
      "issued_ns INT64",
      "sent_ns INT64",
      "first_byte_ns INT64",
      "first_token_ns INT64",
      "first_answer_token_ns INT64",
      "last_token_ns INT64",
      "completed_ns INT64",
      "prompt_tokens INT32",
      "output_tokens INT32",
      "token_events INT32",
      "finish_reason BYTE_ARRAY",
      "error_code BYTE_ARRAY",
    ]);
    expect(new Set(columns.map(({ repetition_type }) => repetition_type))).toEqual(new Set(["OPTIONAL"]));
  });

  test("may have no rows", async () => {
    writeRequests(path(), timelineOf([]));
    expect(await readRequests(path())).toMatchObject({ length: 0, finishReasons: [], errors: [] });
  });

  test("rounds times to whole nanoseconds", async () => {
    writeRequests(path(), timelineOf([requestAt(0, { sentNs: 1234.6 })]));
    expect((await readRequests(path())).columns.sentNs[0]).toBe(1235);
  });

  test("of 100,000 requests is written in a second and read back whole", async () => {
    const timeline = requests(100_000, 500);
    const begin = performance.now();
    writeRequests(path(), timeline);
    const writtenMs = performance.now() - begin;
    const read = await readRequests(path());
    expect(read.columns.completedNs).toEqual(timeline.columns.completedNs);
    expect(read.columns.error).toEqual(timeline.columns.error);
    expect(writtenMs).toBeLessThan(1000);
  });

  test("that is missing or something else is told so", async () => {
    await expect(readRequests(path())).rejects.toMatchObject({ code: "REQUESTS_UNREADABLE", exitCode: 2 });
    writeFileSync(path(), "PAR1 but not really");
    await expect(readRequests(path())).rejects.toMatchObject({ code: "REQUESTS_UNREADABLE" });
  });
});

test("facts about the machine are all known here", () => {
  const facts = systemFacts();
  expect(facts.node).toBe(process.versions.node);
  expect(facts.cores).toBeGreaterThan(0);
  expect(facts.memoryBytes).toBeGreaterThan(2 ** 28);
  expect([facts.hostname, facts.os, facts.cpu].every((text) => text.length > 0)).toBe(true);
});
