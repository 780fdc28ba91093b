import { describe, expect, test } from "vitest";
import { describeArrivals, judgeStimulus } from "#src/metrics/stimulus.js";
import { type Timeline, timelineColumns } from "#src/sut/timeline.js";

/** A small seeded generator of uniform numbers in (0, 1), so that every run sees the same arrivals. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
}

function exponentialGaps(count: number, qps: number, seed: number): number[] {
  const next = uniform(seed);
  return Array.from({ length: count }, () => (-Math.log(next()) / qps) * 1e9);
}

function arrivals(gaps: readonly number[]): Float64Array {
  let time = 5e9;
  return Float64Array.of(
    time,
    ...gaps.map((gap) => {
      time += gap;
      return time;
    }),
  );
}

function timelineOf(scheduledNs: Float64Array, sentNs: Float64Array): Timeline {
  const empty = new Float64Array(scheduledNs.length).fill(Number.NaN);
  const columns = Object.fromEntries(timelineColumns.map((name) => [name, empty])) as Timeline["columns"];
  return {
    length: scheduledNs.length,
    columns: { ...columns, scheduledNs, issuedNs: scheduledNs, sentNs },
    finishReasons: [],
    errors: [],
  };
}

describe("arrivals", () => {
  test.each([1, 2, 3, 4, 5])("of a Poisson process are told as such (seed %i)", (seed) => {
    const poisson = describeArrivals(arrivals(exponentialGaps(5000, 50, seed)));
    expect(poisson.cv).toBeGreaterThan(0.95);
    expect(poisson.cv).toBeLessThan(1.05);
    expect(Math.abs(poisson.lag1 ?? 1)).toBeLessThan(0.05);
    expect(poisson.dispersion).toBeGreaterThan(0.75);
    expect(poisson.dispersion).toBeLessThan(1.25);
    expect(poisson.deliveredQps).toBeGreaterThan(48);
    expect(poisson.deliveredQps).toBeLessThan(52);
  });

  test("at a constant rate have no variation, and then no autocorrelation", () => {
    const constant = describeArrivals(arrivals(Array.from({ length: 1000 }, () => 20_000_000)));
    expect(constant).toMatchObject({ cv: 0, lag1: null });
    expect(constant.dispersion).toBeLessThan(0.05);
    expect(constant.deliveredQps).toBeCloseTo(50, 9);
  });

  test("whose gaps are repeated by every worker are found out, though their variation is that of Poisson", () => {
    const repeated = exponentialGaps(500, 50, 1).flatMap((gap) => Array.from({ length: 10 }, () => gap));
    const found = describeArrivals(arrivals(repeated));
    expect(found.cv).toBeGreaterThan(0.85);
    expect(found.cv).toBeLessThan(1.15);
    expect(found.lag1).toBeGreaterThan(0.5);
    expect(found.dispersion).toBeGreaterThan(3);
  });

  test("in bursts show in the dispersion", () => {
    const bursts = Array.from({ length: 1000 }, (_, index) => (index % 20 === 0 ? 400_000_000 : 10));
    expect(describeArrivals(arrivals(bursts)).dispersion).toBeGreaterThan(3);
  });

  test("may come in any order and are not changed", () => {
    const ordered = arrivals(exponentialGaps(300, 50, 7));
    const reversed = ordered.toReversed();
    expect(describeArrivals(reversed)).toEqual(describeArrivals(ordered));
    expect(reversed.at(-1)).toBe(5e9);
  });

  test("that are too few say nothing", () => {
    expect(describeArrivals(new Float64Array())).toEqual({
      cv: null,
      lag1: null,
      dispersion: null,
      deliveredQps: null,
    });
    expect(describeArrivals(arrivals([1e9, 3e9]))).toMatchObject({
      cv: 0.5,
      lag1: null,
      dispersion: null,
      deliveredQps: 0.5,
    });
    expect(describeArrivals(arrivals(exponentialGaps(99, 50, 1))).dispersion).toBeNull();
  });

  test("at one and the same moment have no rate", () => {
    expect(describeArrivals(new Float64Array(200).fill(3))).toEqual({
      cv: null,
      lag1: null,
      dispersion: null,
      deliveredQps: null,
    });
  });
});

describe("stimulus of a test", () => {
  const scheduled = arrivals(exponentialGaps(2000, 100, 11));

  test("is judged by when requests were sent, not by when they were meant to be", () => {
    const bunched = scheduled.map((time) => Math.ceil(time / 250e6) * 250e6);
    const asMeant = judgeStimulus(timelineOf(scheduled, scheduled), "Server", 100);
    const asSent = judgeStimulus(timelineOf(scheduled, bunched), "Server", 100);
    expect(asMeant.askedQps).toBe(100);
    expect(asMeant.cv).toBeLessThan(1.1);
    expect(asSent.cv).toBeGreaterThan(3);
  });

  test("takes the time of issue for a request that was never sent", () => {
    const sent = scheduled.with(17, Number.NaN);
    const whole = judgeStimulus(timelineOf(scheduled, scheduled), "Server", 100);
    expect(judgeStimulus(timelineOf(scheduled, sent), "Server", 100)).toEqual(whole);
  });

  test.each(["Offline", "SingleStream", "MultiStream"] as const)(
    "is null in %s, which has no arrivals of its own",
    (scenario) => {
      expect(judgeStimulus(timelineOf(scheduled, scheduled), scenario, 100)).toEqual({
        cv: null,
        lag1: null,
        dispersion: null,
        askedQps: null,
        deliveredQps: null,
      });
    },
  );
});
