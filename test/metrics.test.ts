import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Scenario } from "#src/loadgen/settings.js";
import { loadgenNumber, readLoadgenResult } from "#src/loadgen/verdict.js";
import { judgeClient } from "#src/metrics/client-health.js";
import { type Distribution, distributionOf, percentile, sortValues } from "#src/metrics/distribution.js";
import { goodputOf } from "#src/metrics/goodput.js";
import { interTokenDistribution } from "#src/metrics/inter-token.js";
import { loadgenRates, timelineRates } from "#src/metrics/rates.js";
import { countRequests, goodRequests } from "#src/metrics/requests.js";
import { judgeStimulus } from "#src/metrics/stimulus.js";
import { countTokensOnly, type SummaryContext, summarise } from "#src/metrics/summaries.js";
import type { ClientHealth } from "#src/sut/snapshot.js";
import { type Timeline, type TimelineColumn, timelineColumns } from "#src/sut/timeline.js";

const fixtures = join(import.meta.dirname, "fixtures/loadgen");

function timelineOf(rows: readonly Partial<Record<TimelineColumn, number>>[]): Timeline {
  const column = (name: TimelineColumn) => Float64Array.from(rows, (row) => row[name] ?? Number.NaN);
  return {
    length: rows.length,
    columns: Object.fromEntries(timelineColumns.map((name) => [name, column(name)])) as Timeline["columns"],
    finishReasons: ["stop", "length"],
    errors: [
      { code: "HTTP_STATUS", example: "500 Internal Server Error" },
      { code: "TIMEOUT", example: "no answer within 60 s" },
    ],
  };
}

/** One request of 11 tokens: 20 ms to the first one, then 10 ms a token. */
function request(atMs: number, changes: Partial<Record<TimelineColumn, number>> = {}) {
  const ms = 1e6;
  return {
    sample: 0,
    endpoint: 0,
    worker: 0,
    scheduledNs: atMs * ms,
    issuedNs: atMs * ms,
    sentNs: (atMs + 1) * ms,
    firstByteNs: (atMs + 20) * ms,
    firstTokenNs: (atMs + 20) * ms,
    firstAnswerTokenNs: (atMs + 20) * ms,
    lastTokenNs: (atMs + 120) * ms,
    completedNs: (atMs + 121) * ms,
    promptTokens: 5,
    outputTokens: 11,
    tokenEvents: 11,
    finishReason: 1,
    ...changes,
  };
}

const context: SummaryContext = {
  scenario: "Server",
  loadgen: null,
  limits: null,
  gaps: [],
  tokenCountSource: "usage",
};

/** The run that LoadGen itself traced, as our timeline. */
function tracedTimeline(name: string): Timeline {
  const [, ...lines] = readFileSync(join(fixtures, name, "timeline.csv"), "utf8")
    .trimEnd()
    .split("\n");
  return timelineOf(
    lines.map((line) => {
      const [sample, scheduledNs, issuedNs, firstTokenNs, completedNs, outputTokens] = line
        .split(",")
        .map((cell) => (cell === "" ? Number.NaN : Number(cell)));
      return {
        sample,
        scheduledNs,
        issuedNs,
        firstTokenNs,
        completedNs,
        outputTokens,
        lastTokenNs: completedNs,
      } as Record<TimelineColumn, number>;
    }),
  );
}

const loadgenPercentiles: [keyof Distribution, string][] = [
  ["p50", "50.00"],
  ["p90", "90.00"],
  ["p95", "95.00"],
  ["p97", "97.00"],
  ["p99", "99.00"],
  ["p999", "99.90"],
];

describe("against LoadGen's own figures of the same run", () => {
  const cases: [string, Scenario][] = [
    ["server-valid", "Server"],
    ["single-stream-valid", "SingleStream"],
    ["offline-valid", "Offline"],
  ];

  test.each(cases)("%s: latencies agree to the nanosecond", (name, scenario) => {
    const loadgen = readLoadgenResult(join(fixtures, name), { sourceSha256: "" });
    const metrics = summarise(tracedTimeline(name), { ...context, scenario, loadgen });
    const figure = (key: string) => loadgenNumber(loadgen, key);
    for (const [ours, theirs] of loadgenPercentiles) {
      expect(metrics.latencyNs?.[ours]).toBe(figure(`result_${theirs}_percentile_latency_ns`));
      if (scenario === "Offline") continue;
      expect(metrics.ttftNs?.[ours]).toBe(figure(`result_first_token_${theirs}_percentile_latency_ns`));
      const tpot = figure(`result_time_per_output_token_${theirs}_percentile_ns`);
      // LoadGen cuts off the fraction of a nanosecond where we round.
      expect(Math.abs((metrics.tpotNs?.[ours] ?? 0) - (tpot ?? 0))).toBeLessThanOrEqual(1);
    }
    expect(metrics.latencyNs?.min).toBe(figure("result_min_latency_ns"));
    expect(metrics.latencyNs?.max).toBe(figure("result_max_latency_ns"));
    expect(
      Math.abs((metrics.latencyNs?.mean ?? 0) - (figure("result_mean_latency_ns") ?? 0)),
    ).toBeLessThanOrEqual(1);
  });

  test.each(cases)("%s: rates worked out from the timeline agree within 1 %", (name, scenario) => {
    const official = loadgenRates(readLoadgenResult(join(fixtures, name), { sourceSha256: "" }));
    const timeline = tracedTimeline(name);
    const own = timelineRates(timeline, goodRequests(timeline), scenario);
    for (const rate of ["samplesPerSecond", "tokensPerSecond"] as const) {
      expect(official[rate]).toBeGreaterThan(0);
      expect((own[rate] ?? 0) / (official[rate] ?? 1)).toBeGreaterThan(0.99);
      expect((own[rate] ?? 0) / (official[rate] ?? 1)).toBeLessThan(1.01);
    }
  });

  test.each(cases)("%s: the metrics hold LoadGen's figures themselves", (name, scenario) => {
    const loadgen = readLoadgenResult(join(fixtures, name), { sourceSha256: "" });
    const metrics = summarise(tracedTimeline(name), { ...context, scenario, loadgen });
    const keys = {
      Server: ["result_completed_samples_per_sec", "result_completed_tokens_per_second"],
      SingleStream: ["result_qps_with_loadgen_overhead", "result_completed_tokens_per_second"],
      Offline: ["result_samples_per_second", "result_tokens_per_second"],
      MultiStream: [],
    }[scenario];
    expect([metrics.samplesPerSecond, metrics.tokensPerSecond]).toEqual(
      keys.map((key) => loadgen.summary[key]),
    );
  });

  test("once a request failed, the figures are ours over the good ones", () => {
    const loadgen = readLoadgenResult(join(fixtures, "server-valid"), { sourceSha256: "" });
    const timeline = tracedTimeline("server-valid");
    timeline.columns.error[3] = 1;
    const metrics = summarise(timeline, { ...context, loadgen });
    expect(metrics.samplesPerSecond).toBeCloseTo(((484 - 2) / (484 - 1)) * 475.776, 1);
    expect(metrics.tokensPerSecond).toBeLessThan(Number(loadgen.summary.result_completed_tokens_per_second));
  });

  test("an early end leaves the figures to us", () => {
    const loadgen = readLoadgenResult(join(fixtures, "server-valid"), { sourceSha256: "" });
    const timeline = timelineOf([request(0), request(1000)]);
    const metrics = summarise(timeline, { ...context, loadgen: { ...loadgen, validity: null } });
    expect(metrics.samplesPerSecond).toBeCloseTo(1 / 1.121, 6);
  });

  test("a run of one query has no rate, though LoadGen writes 0", () => {
    const loadgen = readLoadgenResult(join(fixtures, "server-one-query"), { sourceSha256: "" });
    expect(loadgen.summary.result_completed_samples_per_sec).toBe(0);
    const metrics = summarise(timelineOf([request(0)]), { ...context, loadgen });
    expect(metrics.samplesPerSecond).toBeNull();
  });
});

describe("distribution", () => {
  test("percentiles are the value at index floor(n · p), in any order of the input", () => {
    const values = Float64Array.from({ length: 1000 }, (_, index) => (index * 7919) % 1000);
    expect(distributionOf(values)).toEqual({
      min: 0,
      mean: 500,
      max: 999,
      p50: 500,
      p90: 900,
      p95: 950,
      p97: 970,
      p99: 990,
      p999: 999,
    });
  });

  test("leaves NaN out and is null when nothing remains", () => {
    expect(distributionOf(Float64Array.of(Number.NaN, 4, Number.NaN, 2))).toMatchObject({
      min: 2,
      mean: 3,
      max: 4,
      p50: 4,
    });
    expect(distributionOf(Float64Array.of(Number.NaN))).toBeNull();
    expect(distributionOf(new Float64Array())).toBeNull();
    expect(percentile(sortValues(new Float64Array()), 0.5)).toBeNull();
  });

  test("is ordered, made of measured values, and does not touch its input", () => {
    fc.assert(
      fc.property(
        fc.float64Array({ noNaN: true, noDefaultInfinity: true, minLength: 1, min: 0, max: 1e12 }),
        (values) => {
          const before = values.slice();
          const summary = distributionOf(values);
          if (summary === null) throw new Error("a distribution was expected");
          const { min, p50, p90, p95, p97, p99, p999, max } = summary;
          const ladder = [min, p50, p90, p95, p97, p99, p999, max];
          expect(ladder).toEqual(ladder.toSorted((a, b) => a - b));
          expect(ladder.every((value) => values.includes(value))).toBe(true);
          expect(values).toEqual(before);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("distribution of the gaps between tokens", () => {
  const bucketOf = (gapNs: number) => Math.floor(16 * Math.log2(gapNs));

  test("is within 2.2 % of the gaps that were counted", () => {
    const gaps = Float64Array.from({ length: 5000 }, (_, index) => 1e6 + ((index * 7919) % 5000) * 4000);
    const first = new Float64Array(640);
    const second = new Float64Array(640);
    gaps.forEach((gap, index) => {
      const histogram = index % 2 === 0 ? first : second;
      histogram[bucketOf(gap)] = (histogram[bucketOf(gap)] ?? 0) + 1;
    });
    const exact = distributionOf(gaps);
    const estimate = interTokenDistribution([first, second]);
    if (exact === null || estimate === null) throw new Error("distributions were expected");
    for (const key of Object.keys(exact) as (keyof Distribution)[]) {
      expect(Math.abs(estimate[key] / exact[key] - 1)).toBeLessThan(0.0221);
    }
  });

  test("counts histograms of different lengths together; null without gaps", () => {
    const short = new Float64Array(320);
    const long = new Float64Array(640);
    short[bucketOf(1000)] = 1;
    long[bucketOf(1e9)] = 999;
    const estimate = interTokenDistribution([short, long]);
    expect(estimate?.min).toBeLessThan(1050);
    expect(estimate?.p50).toBeGreaterThan(9.7e8);
    expect(interTokenDistribution([])).toBeNull();
    expect(interTokenDistribution([new Float64Array(640)])).toBeNull();
  });
});

describe("summary", () => {
  test("of a paced run gives every figure by its definition", () => {
    const timeline = timelineOf([request(0), request(500), request(1000)]);
    const metrics = summarise(timeline, { ...context, limits: { ttftNs: 20e6, tpotNs: 10e6 } });
    expect(metrics).toMatchObject({
      outputTokens: 33,
      ttftNs: { min: 20e6, max: 20e6 },
      serviceTtftNs: { p50: 19e6 },
      tpotNs: { p50: 10e6 },
      latencyNs: { p50: 121e6 },
      itlNs: null,
      tokenCountSource: "usage",
    });
    expect(metrics.samplesPerSecond).toBeCloseTo(2 / 1.121, 9);
    expect(metrics.tokensPerSecond).toBeCloseTo(33 / 1.121, 9);
    expect(metrics.promptTokensPerSecond).toBeCloseTo(15 / 1.121, 9);
    expect(metrics.goodput).toEqual({ share: 1, samplesPerSecond: metrics.samplesPerSecond });
  });

  test("lets no failed or unfinished request in", () => {
    const good = [request(0), request(500)];
    const failed = request(100, { error: 0, firstTokenNs: 101e6, completedNs: 102e6, outputTokens: 9999 });
    const unfinished = request(200, { completedNs: Number.NaN, outputTokens: 9999 });
    const withFailures = summarise(timelineOf([...good, failed, unfinished]), context);
    expect(withFailures).toEqual(summarise(timelineOf(good), context));
  });

  test("times the answer apart from the reasoning before it, where there is any", () => {
    const plain = timelineOf([request(0), request(10)]);
    expect(summarise(plain, context).answerTtftNs).toBeNull();
    const reasoned = timelineOf([
      request(0),
      request(10, { firstAnswerTokenNs: 90e6 }),
      // Nothing but reasoning: there is no answer to time.
      request(20, { firstAnswerTokenNs: Number.NaN }),
      request(30, { firstAnswerTokenNs: 40e6, error: 0 }),
    ]);
    const { ttftNs, answerTtftNs } = summarise(reasoned, context);
    expect(ttftNs).toMatchObject({ min: 20e6, max: 20e6 });
    expect(answerTtftNs).toMatchObject({ min: 20e6, mean: 50e6, max: 80e6 });
    const silent = timelineOf([request(0, { firstAnswerTokenNs: Number.NaN })]);
    expect(summarise(silent, context).answerTtftNs).toBeNull();
  });

  test("of MultiStream ends with the last sample of the last query", () => {
    const rows = [request(0), request(0), request(500, { completedNs: 900e6 }), request(500)];
    const metrics = summarise(timelineOf(rows), { ...context, scenario: "MultiStream" });
    expect(metrics.samplesPerSecond).toBeCloseTo(4 / 0.9, 9);
  });

  test("of Offline goes by the longest latency", () => {
    const rows = [request(0), request(0, { completedNs: 2e9 }), request(0)];
    const metrics = summarise(timelineOf(rows), { ...context, scenario: "Offline" });
    expect(metrics.samplesPerSecond).toBeCloseTo(1.5, 9);
    expect(metrics.tokensPerSecond).toBeCloseTo(16.5, 9);
  });

  test("does not depend on where the clock starts", () => {
    const shifted = (offset: number) => timelineOf([request(offset), request(offset + 500)]);
    const { samplesPerSecond, ttftNs } = summarise(shifted(7000), context);
    expect(samplesPerSecond).toBeCloseTo(summarise(shifted(0), context).samplesPerSecond ?? 0, 9);
    expect(ttftNs).toEqual(summarise(shifted(0), context).ttftNs);
  });

  test("says null for what was not measured: token counts, first tokens, the only token's TPOT", () => {
    const bare = { outputTokens: Number.NaN, promptTokens: Number.NaN, firstTokenNs: Number.NaN };
    expect(summarise(timelineOf([request(0, bare), request(9)]), context)).toMatchObject({
      tokensPerSecond: null,
      promptTokensPerSecond: null,
      outputTokens: 11,
      ttftNs: { p50: 20e6 },
    });
    expect(summarise(timelineOf([request(0, { outputTokens: 1 })]), context).tpotNs).toBeNull();
  });

  test("of nothing is null throughout", () => {
    expect(summarise(timelineOf([]), { ...context, limits: { ttftNs: 1, tpotNs: 1 } })).toEqual({
      ...countTokensOnly(timelineOf([]), "usage"),
    });
  });

  test("of an accuracy test counts tokens and times nothing", () => {
    expect(countTokensOnly(timelineOf([request(0), request(1, { error: 1 })]), null)).toMatchObject({
      outputTokens: 11,
      samplesPerSecond: null,
      ttftNs: null,
      tokenCountSource: null,
    });
  });
});

describe("goodput", () => {
  test("counts what is within both limits, of all that was issued", () => {
    const timeline = timelineOf([
      request(0),
      request(1, { firstTokenNs: 61e6 }),
      request(2, { lastTokenNs: 5000e6 }),
      request(3, { error: 0 }),
    ]);
    const goodput = goodputOf(timeline, { ttftNs: 50e6, tpotNs: 50e6 }, 30);
    expect(goodput).toEqual({ share: 0.25, samplesPerSecond: 10 });
  });

  test("judges an answer of one token by its TTFT alone", () => {
    const timeline = timelineOf([request(0, { outputTokens: 1 })]);
    expect(goodputOf(timeline, { ttftNs: 20e6, tpotNs: 1 }, 1)?.share).toBe(1);
    expect(goodputOf(timeline, { ttftNs: 19e6, tpotNs: 1 }, 1)?.share).toBe(0);
  });

  test("is null without a rate", () => {
    expect(goodputOf(timelineOf([request(0)]), { ttftNs: 1, tpotNs: 1 }, null)).toBeNull();
  });
});

describe("request counts", () => {
  test("go by cause, the most frequent first, and by finish reason of good requests", () => {
    const timeline = timelineOf([
      request(0),
      request(1, { finishReason: 0 }),
      request(2, { error: 0, finishReason: Number.NaN }),
      request(3, { error: 1 }),
      request(4, { error: 1 }),
      request(5, { completedNs: Number.NaN }),
    ]);
    expect(countRequests(timeline)).toEqual({
      issued: 6,
      completed: 2,
      failed: 3,
      byError: [
        { code: "TIMEOUT", count: 2, example: "no answer within 60 s" },
        { code: "HTTP_STATUS", count: 1, example: "500 Internal Server Error" },
      ],
      finishReasons: { length: 1, stop: 1 },
    });
  });
});

describe("client", () => {
  const health: ClientHealth = {
    cpuSeconds: 1,
    rssBytes: 1e8,
    workers: 2,
    eventLoopDelayNs: { p50: 1e6, p99: 2e6, max: 5e6 },
    busiestWorkerUtilization: 0.3,
    connectionWaits: 0,
  };
  const rows = Array.from({ length: 200 }, (_, index) => request(index * 10));

  function judge(changes: Partial<ClientHealth>, timeline = timelineOf(rows), scenario: Scenario = "Server") {
    const stimulus = judgeStimulus(timeline, scenario, 100);
    return judgeClient(timeline, { ...health, ...changes }, stimulus, scenario, 2);
  }

  test("that kept up is not saturated, and its cost is told", () => {
    expect(judge({})).toMatchObject({
      saturated: false,
      why: null,
      cpuSeconds: 1,
      workers: 2,
      dispatchDelayNs: { p50: 1e6, max: 1e6 },
    });
    expect(judge({}).cpuUsPerToken).toBeCloseTo(1e6 / 2200, 9);
  });

  test.each<[string, Partial<ClientHealth>, string]>([
    ["a busy worker", { busiestWorkerUtilization: 0.97 }, "97 % of the time: raise --workers"],
    ["all cores", { cpuSeconds: 4.1 }, "of this machine's 2 cores"],
    [
      "a slow event loop",
      { eventLoopDelayNs: { p50: 1e6, p99: 90e6, max: 9e8 } },
      "90.0 ms (p99) before they were stamped",
    ],
    ["too few connections", { connectionWaits: 12 }, "12 requests waited for a free connection"],
  ])("is saturated by %s", (_, changes, why) => {
    const report = judge(changes);
    expect(report.saturated).toBe(true);
    expect(report.why).toContain(why);
  });

  test("is saturated when one request in a hundred is sent late", () => {
    const late = rows.map((row, index) =>
      index % 50 === 0 ? { ...row, sentNs: row.scheduledNs + 30e6 } : row,
    );
    expect(judge({}, timelineOf(late)).why).toContain("30.0 ms (p99) after LoadGen's schedule");
  });

  test("is saturated when it falls behind the schedule", () => {
    const slow = rows.map((row) => ({ ...row, sentNs: row.scheduledNs * 1.1 }));
    expect(judge({}, timelineOf(slow)).why).toContain("91 % of the scheduled rate");
  });

  test("may let requests wait where the scenario has no times of its own", () => {
    const offline = rows.map((row) => ({ ...row, scheduledNs: 0 }));
    expect(judge({ connectionWaits: 100 }, timelineOf(offline), "Offline").saturated).toBe(false);
  });

  test("of a test without a single answer has no cost per token", () => {
    expect(judge({}, timelineOf([]))).toMatchObject({
      cpuUsPerToken: null,
      dispatchDelayNs: null,
      saturated: false,
    });
  });
});
