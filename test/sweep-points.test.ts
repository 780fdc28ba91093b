import { describe, expect, it } from "vitest";
import { meanOf, ofThree, single, studentQuantile } from "#src/campaign/confidence.js";
import { autoLoads, readConcurrencyPoints, readQpsPoints } from "#src/campaign/load-points.js";
import { costAt } from "#src/campaign/point-cost.js";
import { keptUpShare } from "#src/campaign/point-figures.js";
import type { PointFigures, SweepRun } from "#src/campaign/sweep-record.js";
import { summariseSweep } from "#src/campaign/sweep-summary.js";
import type { RunState } from "#src/results/record.js";
import { TimelineWriter } from "#src/sut/timeline-writer.js";

describe("load points", () => {
  it.each([
    ["4", [4]],
    ["1,2,4", [1, 2, 4]],
    ["4, 1,2.5 ,4", [1, 2.5, 4]],
    ["1..16:4", [1, 6, 11, 16]],
    ["0.1..0.3:3", [0.1, 0.2, 0.3]],
    ["1..16:x2", [1, 2, 4, 8, 16]],
    ["1..20:x2", [1, 2, 4, 8, 16]],
    ["1..3:x1.5", [1, 1.5, 2.25]],
    ["1,10..30:3", [1, 10, 20, 30]],
  ])("%s", (text, loads) => {
    expect(readQpsPoints(text)).toEqual({ loads });
  });

  it.each(["", "x", "1,,2", "1..16", "16..1:4", "1..16:1", "1..16:x1", "1..2:x0.5", "-1", "1..9:2.5", "1;2"])(
    "%s is refused with the forms that are known",
    (text) => {
      const reading = readQpsPoints(text);
      expect("problem" in reading && reading.problem).toMatch(/must be a list such as 1,2,4/);
    },
  );

  it("rates are above 0, and concurrency is whole", () => {
    expect(readQpsPoints("0,1")).toEqual({ problem: 'rates must be above 0, not "0,1"' });
    expect(readConcurrencyPoints("1,2.5")).toMatchObject({ problem: expect.stringContaining("whole") });
    expect(readConcurrencyPoints("1..8:x2")).toEqual({ loads: [1, 2, 4, 8] });
    expect(readConcurrencyPoints("auto")).toHaveProperty("problem");
  });

  it("auto takes a number of points, up to 120 % of the capacity", () => {
    expect(readQpsPoints("auto")).toEqual({ auto: 6 });
    expect(readQpsPoints("auto:12")).toEqual({ auto: 12 });
    expect(readQpsPoints("auto:1")).toHaveProperty("problem");
    expect(autoLoads(100, 6)).toEqual([20, 40, 60, 80, 100, 120]);
    expect(autoLoads(0.8765, 2)).toEqual([0.526, 1.05]);
  });

  it("too many points are refused", () => {
    expect(readQpsPoints("1..2000:2000")).toHaveProperty("problem");
    expect(readQpsPoints("1..2000:1000,3000..4000:1000")).toEqual({
      problem: "must have at most 1000 points",
    });
  });
});

describe("means over repeats", () => {
  // Textbook values of Student's t.
  it.each([
    [single, 1, 12.706],
    [single, 2, 4.303],
    [single, 4, 2.776],
    [single, 9, 2.262],
    [single, 29, 2.045],
    [ofThree, 2, 7.649],
    [ofThree, 4, 3.961],
    [ofThree, 9, 2.933],
  ])("quantile %#", (confidence, degrees, expected) => {
    expect(studentQuantile(confidence, degrees) / expected).toBeCloseTo(1, 2);
  });

  it("have an interval from two on", () => {
    expect(meanOf([])).toBeNull();
    expect(meanOf([3])).toEqual({ mean: 3, interval: null });
    const { mean, interval } = meanOf([1, 2, 3]) ?? {};
    expect(mean).toBe(2);
    expect(interval?.low).toBeCloseTo(2 - 4.3027 / Math.sqrt(3), 3);
    expect(interval?.high).toBeCloseTo(2 + 4.3027 / Math.sqrt(3), 3);
  });
});

describe("the share that was kept up with", () => {
  /** Arrivals a second apart; answers `gap` s apart, the first `latency` s after its arrival. */
  function requests(count: number, latency: number, gap: number, failed = 0) {
    const writer = new TimelineWriter();
    const nothing = Number.NaN;
    for (let index = 0; index < count; index++) {
      writer.add({
        ...{
          sample: index,
          endpoint: 0,
          worker: 0,
          issuedNs: nothing,
          sentNs: nothing,
          firstByteNs: nothing,
        },
        ...{ firstTokenNs: nothing, firstAnswerTokenNs: nothing, lastTokenNs: nothing },
        ...{ promptTokens: 1, outputTokens: 1, tokenEvents: 1, finishReason: "stop" },
        scheduledNs: index * 1e9,
        completedNs: (latency + index * gap) * 1e9,
        error: index < failed ? { code: "HTTP_503", message: "busy" } : null,
      });
    }
    return writer.finish(0);
  }

  it("is whole for any constant latency", () => {
    expect(keptUpShare(requests(20, 0.1, 1))).toBe(1);
    expect(keptUpShare(requests(20, 300, 1))).toBe(1);
  });

  it("is less when answers come more slowly than requests, or fail", () => {
    expect(keptUpShare(requests(20, 1, 1.25))).toBeCloseTo(0.8, 6);
    expect(keptUpShare(requests(20, 1, 1, 10))).toBeLessThanOrEqual(0.5 * (19 / 9) + 1e-9);
    expect(keptUpShare(requests(1, 1, 1))).toBeNull();
    expect(keptUpShare(requests(5, 1, 1, 5))).toBeNull();
  });
});

const nothing: PointFigures = {
  samplesPerSecond: null,
  tokensPerSecond: null,
  keptUpShare: null,
  ttftP50Ns: null,
  ttftP99Ns: null,
  serviceTtftP50Ns: null,
  serviceTtftP99Ns: null,
  tpotP50Ns: null,
  tpotP99Ns: null,
  latencyP50Ns: null,
  latencyP99Ns: null,
  goodputShare: null,
  goodputPerSecond: null,
};

function point(
  load: number,
  figures: Partial<PointFigures>,
  state: RunState = "valid",
  repeat = 0,
): SweepRun {
  const name = `qps-${load}-run-${repeat + 1}`;
  return {
    ...{ name, role: "point", load, repeat, folder: `points/${name}`, state, endedEarly: false },
    figures: { ...nothing, ...figures },
    cost: null,
  };
}

describe("cost at a load", () => {
  const cost = (perMillionOutputTokens: number) => ({
    pricePerHour: 2,
    currency: "EUR",
    perMillionOutputTokens,
    perMillionTokens: null,
    perThousandRequests: 1,
    source: "book",
  });

  it("is the mean of its VALID runs that have one", () => {
    const runs = [
      { ...point(10, {}), cost: cost(4) },
      { ...point(10, {}, "valid", 1), cost: cost(6) },
      { ...point(10, {}, "invalid", 2), cost: cost(100) },
      { ...point(20, {}), cost: cost(50) },
      point(10, {}, "valid", 3),
    ];
    expect(costAt(runs, 10)).toEqual({ ...cost(5) });
    expect(costAt(runs, 30)).toBeNull();
    expect(costAt([point(10, {})], 10)).toBeNull();
  });
});

describe("a sweep of rates", () => {
  const runs = [
    point(10, { keptUpShare: 1, goodputShare: 1, samplesPerSecond: 10 }),
    point(20, { keptUpShare: 0.99, goodputShare: 0.995, samplesPerSecond: 20 }),
    point(30, { keptUpShare: 0.97, goodputShare: 0.9, samplesPerSecond: 29 }, "invalid"),
    point(40, { keptUpShare: 0.8, goodputShare: 0.1, samplesPerSecond: 32 }, "invalid"),
    point(50, { keptUpShare: 0.6, goodputShare: 0, samplesPerSecond: 30 }, "failed"),
  ];

  it("names the knee, the saturation and the highest VALID point", () => {
    expect(summariseSweep(runs.toReversed(), "qps", 0.99)).toMatchObject({
      points: [{ load: 10 }, { load: 20 }, { load: 30 }, { load: 40 }, { load: 50, failed: 1, valid: 0 }],
      highestValid: 20,
      saturation: { load: 40, samplesPerSecond: 32 },
      knee: { load: 20, why: expect.stringContaining("99 % of the requests") },
    });
    expect(summariseSweep(runs, "qps", 0.9).knee?.load).toBe(30);
  });

  it("has none of them where nothing was reached, or nothing held", () => {
    expect(summariseSweep(runs.slice(0, 2), "qps", 0.99)).toMatchObject({
      saturation: null,
      knee: { load: 20 },
    });
    expect(summariseSweep(runs.slice(3), "qps", 0.99)).toMatchObject({ highestValid: null, knee: null });
    expect(summariseSweep([], "qps", 0.99)).toEqual({
      ...{ points: [], highestValid: null, saturation: null, knee: null },
    });
  });

  it("counts a lucky point beyond the first bad one for nothing", () => {
    const lucky = point(60, { keptUpShare: 1, goodputShare: 1, samplesPerSecond: 60 });
    expect(summariseSweep([...runs, lucky], "qps", 0.99)).toMatchObject({
      highestValid: 20,
      knee: { load: 20 },
    });
  });

  it("puts repeats together; one INVALID among them is not VALID", () => {
    const repeated = [
      point(10, { samplesPerSecond: 9, keptUpShare: 1 }, "valid", 0),
      point(10, { samplesPerSecond: 11, keptUpShare: 1 }, "invalid", 1),
      { ...point(99, { samplesPerSecond: 1 }), role: "probe" as const },
    ];
    const { points, highestValid } = summariseSweep(repeated, "qps", 0.99);
    expect(points).toMatchObject([
      { load: 10, runs: 2, valid: 1, figures: { samplesPerSecond: { mean: 10 } } },
    ]);
    expect(points[0]?.figures.ttftP50Ns).toBeNull();
    expect(highestValid).toBeNull();
  });
});

describe("a sweep of concurrency", () => {
  // A server with 8 slots: the rate grows with the load up to there.
  const runs = [1, 2, 4, 8, 16, 32].map((load) => point(load, { samplesPerSecond: 10 * Math.min(load, 8) }));

  it("has its knee where the slots are full and saturates one point later", () => {
    expect(summariseSweep(runs, "concurrency", 0.99)).toMatchObject({
      ...{ highestValid: null, knee: { load: 8 }, saturation: { load: 16, samplesPerSecond: 80 } },
    });
  });
});
