import type { Scenario } from "../loadgen/settings.ts";
import type { Timeline } from "../sut/timeline.ts";
import { at, sum } from "./requests.ts";

/** Was the stimulus what was asked for? Every figure is null where arrivals are not a random process. */
export interface Stimulus {
  /** Coefficient of variation of the gaps between arrivals; 1 for Poisson, 0 for a constant rate. */
  cv: number | null;
  /** Lag-1 autocorrelation of those gaps; 0 for Poisson, above 0 when gaps repeat. */
  lag1: number | null;
  /** Variance over mean of arrival counts in windows; 1 for Poisson, above 1 when arrivals come in bursts. */
  dispersion: number | null;
  askedQps: number | null;
  deliveredQps: number | null;
}

/** Arrivals expected in one window of the index of dispersion: few enough for many windows, enough to show a burst. */
const arrivalsPerWindow = 10;

/** A variance over fewer windows than this says nothing. */
const fewestWindows = 10;

const notApplicable: Stimulus = {
  cv: null,
  lag1: null,
  dispersion: null,
  askedQps: null,
  deliveredQps: null,
};

/**
 * Judges the arrivals of a Server test by the moments at which its requests were sent, failed ones included. The other
 * scenarios have no arrival process: the next query follows from the answer before, or all come at once.
 */
export function judgeStimulus(timeline: Timeline, scenario: Scenario, askedQps: number | null): Stimulus {
  if (scenario !== "Server") return notApplicable;
  return { ...describeArrivals(sentTimes(timeline)), askedQps };
}

/** Describes arrival times (ns, any order) as a stream; figures that need more arrivals are null. */
export function describeArrivals(times: Float64Array): Omit<Stimulus, "askedQps"> {
  const ordered = times.toSorted();
  const gaps = ordered.subarray(1).map((time, index) => time - at(ordered, index));
  const lengthNs = sum(gaps);
  return {
    cv: coefficientOfVariation(gaps),
    lag1: lag1Autocorrelation(gaps),
    dispersion: indexOfDispersion(ordered, lengthNs),
    deliveredQps: lengthNs > 0 ? (gaps.length / lengthNs) * 1e9 : null,
  };
}

/** When each request was sent; where it was not, when LoadGen issued it. */
function sentTimes(timeline: Timeline): Float64Array {
  const { sentNs, issuedNs } = timeline.columns;
  return sentNs
    .map((sent, row) => (Number.isNaN(sent) ? at(issuedNs, row) : sent))
    .filter((time) => !Number.isNaN(time));
}

function coefficientOfVariation(gaps: Float64Array): number | null {
  const mean = meanOf(gaps);
  return gaps.length < 2 || mean === 0 ? null : Math.sqrt(varianceOf(gaps)) / mean;
}

function lag1Autocorrelation(gaps: Float64Array): number | null {
  const mean = meanOf(gaps);
  const variance = varianceOf(gaps);
  if (gaps.length < 3 || variance === 0) return null;
  const products = gaps.subarray(1).map((gap, index) => (gap - mean) * (at(gaps, index) - mean));
  return sum(products) / (gaps.length * variance);
}

function indexOfDispersion(ordered: Float64Array, lengthNs: number): number | null {
  const windows = Math.floor((ordered.length - 1) / arrivalsPerWindow);
  if (windows < fewestWindows || lengthNs <= 0) return null;
  const counts = new Float64Array(windows);
  const start = at(ordered, 0);
  // The last arrival is the open end of the last window, as with LoadGen's own rates.
  for (const time of ordered.subarray(0, -1)) {
    const window = Math.min(windows - 1, Math.floor(((time - start) / lengthNs) * windows));
    counts[window] = at(counts, window) + 1;
  }
  return varianceOf(counts) / meanOf(counts);
}

function meanOf(values: Float64Array): number {
  return sum(values) / values.length;
}

function varianceOf(values: Float64Array): number {
  const mean = meanOf(values);
  return sum(values.map((value) => (value - mean) ** 2)) / values.length;
}
