import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { exitCodeOf } from "#src/results/exit-code.js";
import { formatBytes, formatNumber, formatShare, formatTime } from "#src/results/quantities.js";
import type { RunRecord } from "#src/results/record.js";
import { renderTable } from "#src/results/table.js";
import { truncateText, wrapText } from "#src/results/text-layout.js";
import { sampleRecord } from "./sample-record.ts";

const sample = sampleRecord();
const saturatedClient = sample.client && {
  ...sample.client,
  saturated: true,
  why: "The busiest worker was busy for 97% of the time.",
};
const accuracy: RunRecord["accuracy"] = sample.loadgen && {
  samples: 1000,
  emptyAnswers: 0,
  metric: "rouge",
  metrics: { rouge1: 38.21, rouge2: 15.9 },
  intervals: {},
  target: { rouge1: 38.6694 },
  ceiling: {},
  notes: [],
  logSha256: null,
  passed: false,
  payload: "text",
  loadgen: { ...sample.loadgen, mode: "accuracy", validity: null },
};

test("a VALID run, whole", () => {
  expect(renderTable(sample, { width: 80, folder: "results/one" })).toBe(
    [
      "─".repeat(80),
      " VALID   Server scenario, performance",
      "  not verified by MLCommons",
      "─".repeat(80),
      "",
      "  Model       tiny on vLLM 0.11.0",
      "  Dataset     synthetic, 1,000 samples",
      "  Endpoint    http://127.0.0.1:9100",
      "",
      "  Queries     99.40 /s delivered of 100 /s asked",
      "  Samples     99.41 /s",
      "  Tokens      9,941 /s · 12,725 /s of prompts · 298,236 in all, counted by usage",
      "  Goodput     99.37 /s · 99.9% within TTFT 2 s and TPOT 200 ms",
      "  Requests    2,982 issued · 2,982 completed · 0 failed",
      "",
      "                         p50     p90     p99   p99.9    mean     max   limit",
      "  TTFT            ms   20.41   22.45   28.57   36.74   20.82   38.78   2,000",
      "  service TTFT    ms   20.19   22.21   28.27   36.34   20.59   38.36",
      "  TPOT            ms   10.02   11.02   14.03   18.04   10.22   19.04   200.0",
      "  ITL             ms   10.01   11.01   14.01   18.02   10.21   19.02",
      "  latency         ms   1,012   1,113   1,417   1,822   1,032   1,923",
      "",
      "  Client      8.05 µs CPU a token · 142 MB · 2 workers · sent 252 µs late at p99",
      "              not the bottleneck",
      "  LoadGen     6.0.17 says VALID · 0 errors · 1 warning",
      "",
      "  Files       results/one",
      "",
    ].join("\n"),
  );
});

describe("beside the verdict", () => {
  const headOf = (changes: Partial<RunRecord>) => renderTable(sampleRecord(changes)).split("\n\n")[0];

  test.each(["valid", "invalid", "failed", "aborted"] as const)("%s", (state) => {
    expect(headOf({ state })).toContain(` ${state.toUpperCase()} `);
  });

  test("a simulated server and a saturated client are in plain sight", () => {
    expect(headOf({ simulated: true })).toContain("simulated server · not verified by MLCommons");
    expect(headOf({ client: saturatedClient })).toContain("CLIENT SATURATED");
    expect(headOf({ client: saturatedClient })?.replaceAll(/\s+/g, " ")).toContain(
      "busy for 97% of the time.",
    );
    expect(headOf({})).not.toMatch(/simulated|SATURATED|ACCURACY/);
  });

  test("accuracy below its target", () => {
    expect(headOf({ accuracy, config: { mode: "all" } })).toContain("performance and accuracy");
    expect(headOf({ accuracy, config: { mode: "all" } })).toContain("ACCURACY BELOW TARGET");
  });

  test.each([
    ["interactive", "Interactive scenario"],
    ["multi-stream", "MultiStream scenario"],
  ])("scenario %s", (scenario, words) => {
    expect(headOf({ config: { scenario } })).toContain(words);
  });
});

describe("reasons", () => {
  test("each with what to change, wrapped below itself", () => {
    const reasons = [
      {
        reason: "TTFT p99 is 2.3 s, over the limit of 2 s.",
        remedy: "Lower --target-qps or raise --ttft-limit.",
      },
      { reason: "word ".repeat(30).trim(), remedy: null },
    ];
    const text = renderTable(sampleRecord({ state: "invalid", reasons }), { width: 60 });
    expect(text).toContain(
      "  • TTFT p99 is 2.3 s, over the limit of 2 s.\n    → Lower --target-qps or raise --ttft-limit.\n  • word",
    );
    expect(text).toMatch(/\n {4}word/);
  });

  test("LoadGen's own words where there are no others", () => {
    const loadgen = sample.loadgen && { ...sample.loadgen, invalidReasons: ["Min duration not met."] };
    expect(renderTable(sampleRecord({ state: "invalid", loadgen }))).toContain("• Min duration not met.");
  });
});

test("failures by cause, on one line each, without control characters of the server", () => {
  const requests = {
    ...sample.requests,
    failed: 12,
    byError: [{ code: "HTTP_500", count: 12, example: `\u001b[31m{"error":\n"${"long ".repeat(40)}"}` }],
  };
  const lines = renderTable(sampleRecord({ state: "failed", requests }), { width: 80 }).split("\n");
  const line = lines.find((candidate) => candidate.includes("HTTP_500")) ?? "";
  expect(line).toMatch(/^ {14}12 × HTTP_500: \{"error": "long/);
  expect(line.endsWith("…")).toBe(true);
  expect(line.length).toBe(80);
  expect(line).not.toContain("\u001b");
});

test("accuracy against its target", () => {
  expect(renderTable(sampleRecord({ accuracy }))).toContain(
    "  Accuracy    rouge1 38.21 (target 38.67) · rouge2 15.90 · 1,000 samples\n              BELOW TARGET",
  );
  const unscored = accuracy && { ...accuracy, metrics: {}, target: {}, passed: null };
  expect(renderTable(sampleRecord({ accuracy: unscored }))).toContain(
    "  Accuracy    1,000 samples\n              no target",
  );
  const passed = accuracy && { ...accuracy, passed: true };
  expect(renderTable(sampleRecord({ accuracy: passed }))).toContain("PASSED");
});

test("limits stand only where LoadGen judges by them", () => {
  const loadgen = sample.loadgen && { ...sample.loadgen, scenario: "Offline" as const };
  const text = renderTable(sampleRecord({ loadgen }));
  expect(text).toMatch(/ mean +max\n/);
  expect(text).not.toContain("limit\n");
});

test("what was not measured is left out and never 0", () => {
  const text = renderTable(
    sampleRecord({
      state: "aborted",
      loadgen: null,
      client: null,
      metrics: {
        samplesPerSecond: null,
        tokensPerSecond: null,
        promptTokensPerSecond: null,
        outputTokens: 0,
        ttftNs: null,
        answerTtftNs: null,
        tpotNs: null,
        itlNs: null,
        latencyNs: null,
        serviceTtftNs: null,
        goodput: null,
        tokenCountSource: null,
      },
      requests: { issued: 0, completed: 0, failed: 0, byError: [], finishReasons: {} },
    }),
  );
  expect(text).not.toMatch(/TTFT|Tokens|Samples|Goodput|Client|LoadGen|NaN|null/);
  expect(text).toContain("ABORTED");
});

describe("width and color", () => {
  test.each([60, 70, 80, 110, 200])("%d columns hold every line", (width) => {
    const record = sampleRecord({ client: saturatedClient, accuracy, simulated: true });
    const lines = renderTable(record, { width }).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  test("a narrow terminal gets fewer percentiles, but the limits", () => {
    expect(renderTable(sample, { width: 60 })).toMatch(/ p50 +p90 +p99 +p99\.9 +limit\n/);
  });

  test("color changes nothing but color", () => {
    const record = sampleRecord({ state: "failed", client: saturatedClient, accuracy });
    const colored = renderTable(record, { color: true });
    expect(colored).toContain("\u001b[41m FAILED \u001b[49m");
    expect(stripVTControlCharacters(colored)).toBe(renderTable(record));
  });
});

test.each([
  ["valid", null, 0],
  ["valid", true, 0],
  ["valid", false, 6],
  ["invalid", false, 3],
  ["failed", false, 5],
  ["aborted", null, 130],
] as const)("exit code of %s with accuracy passed %s is %d", (state, passed, code) => {
  const report = passed === null ? null : accuracy && { ...accuracy, passed };
  expect(exitCodeOf({ state, accuracy: report })).toBe(code);
});

test("quantities", () => {
  expect([0, 7, 12_345, 99.412, 187.26, 1234.6, 0.00421, null].map(formatNumber)).toEqual([
    "0",
    "7",
    "12,345",
    "99.41",
    "187.3",
    "1,235",
    "0.00421",
    "–",
  ]);
  expect([0, 0.00001, 0.9833, 0.99999, 1].map(formatShare)).toEqual(["0%", "0.1%", "98.3%", "99.9%", "100%"]);
  expect([5, 1500, 450e6, 999.9e6, 1.5e9, 2e9, 1234e9].map(formatTime)).toEqual([
    "5 ns",
    "1.5 µs",
    "450 ms",
    "999.9 ms",
    "1.5 s",
    "2 s",
    "1,234 s",
  ]);
  expect([12, 1500, 92e6, 1.43e9].map(formatBytes)).toEqual(["12 B", "1.5 kB", "92 MB", "1.4 GB"]);
});

test("text is broken at blanks and cut with a mark", () => {
  expect(wrapText("one two  three\nfour", 9)).toEqual(["one two", "three", "four"]);
  expect(wrapText("unbreakable ab", 4)).toEqual(["unbreakable", "ab"]);
  expect(truncateText("  one\ntwo ", 20)).toBe("one two");
  expect(truncateText("abcdef", 4)).toBe("abc…");
});
