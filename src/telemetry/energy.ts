import { type PowerScope, type PowerSeries, wattsAtReading } from "./power-source.ts";

/** Part of a system over LoadGen's window. */
export interface EnergySource {
  name: string;
  scope: PowerScope;
  readings: number;
  joules: number | null;
  meanWatts: number | null;
  maxWatts: number | null;
  /** Whether it is part of the total: beside a meter of the whole system, those of its parts are not. */
  counted: boolean;
  /** Why it has no joules. */
  why: string | null;
}

/** Energy of a test, from LoadGen's power_begin to its power_end. */
export interface EnergyReport {
  windowNs: number;
  joules: number;
  meanWatts: number;
  /** Largest sum of what the counted sources read at one time. */
  maxWatts: number;
  /** Output tokens of the performance test for each joule; null where there were none. */
  tokensPerJoule: number | null;
  sources: EnergySource[];
}

/** From and to, ms of the monotonic clock. */
export interface EnergyWindow {
  beginMs: number;
  endMs: number;
}

/** Between two readings further apart the power is not known. */
const mostGapMs = 10_000;

/** So long before its first reading and after its last one a power is taken to have been the same. */
const mostEdgeMs = 2000;

/**
 * The energy of a window: the total of the meters of the whole system where there are any, else of all its parts.
 * Gives the reason where a meter that counts did not cover the window: a total without it would be too small.
 */
export function energyOf(
  series: readonly PowerSeries[],
  window: EnergyWindow,
  outputTokens: number,
): EnergyReport | { why: string } {
  const hasWhole = series.some(({ scope }) => scope === "system");
  const sources = series.map((meter) => measure(meter, window, !hasWhole || meter.scope === "system"));
  const counted = sources.filter(({ counted: isCounted }) => isCounted);
  const missing = counted.find(({ joules }) => joules === null);
  if (counted.length === 0) return { why: "Nothing told its power." };
  if (missing !== undefined) return { why: `${missing.name}: ${missing.why}` };
  const joules = counted.reduce((sum, source) => sum + (source.joules ?? 0), 0);
  const seconds = (window.endMs - window.beginMs) / 1e3;
  const countedSeries = series.filter((_, index) => sources[index]?.counted);
  return {
    windowNs: Math.round(seconds * 1e9),
    joules,
    meanWatts: joules / seconds,
    maxWatts: largestSum(countedSeries, window),
    tokensPerJoule: joules > 0 && outputTokens > 0 ? outputTokens / joules : null,
    sources,
  };
}

function measure(meter: PowerSeries, window: EnergyWindow, counted: boolean): EnergySource {
  const { name, scope, timesMs } = meter;
  const readings = timesMs.filter((time) => time >= window.beginMs && time <= window.endMs).length;
  const nothing = { name, scope, readings, joules: null, meanWatts: null, maxWatts: null, counted };
  const why = uncovered(meter, window);
  if (why !== null) return { ...nothing, why };
  const joules = joulesBetween(meter, window);
  const seconds = (window.endMs - window.beginMs) / 1e3;
  const maxWatts = largestSum([meter], window);
  return { ...nothing, joules, meanWatts: joules / seconds, maxWatts, why: null };
}

function uncovered({ timesMs, unit }: PowerSeries, { beginMs, endMs }: EnergyWindow): string | null {
  if (endMs <= beginMs) return "the test had no length.";
  const around = [beginMs, ...timesMs.filter((time) => time > beginMs && time < endMs), endMs];
  const first = timesMs[0] ?? Number.POSITIVE_INFINITY;
  const last = timesMs.at(-1) ?? Number.NEGATIVE_INFINITY;
  const seconds = (ms: number) => `${(ms / 1e3).toFixed(1)} s`;
  if (timesMs.length < 2) return `it was read ${timesMs.length} times.`;
  const edgeMs = unit === "watts" ? mostEdgeMs : 0;
  if (first > beginMs + edgeMs) return `it was first read ${seconds(first - beginMs)} after the test began.`;
  if (last < endMs - edgeMs) return `it was last read ${seconds(endMs - last)} before the test ended.`;
  const gap = Math.max(...around.map((time, at) => time - (around[at - 1] ?? time)));
  return gap > mostGapMs ? `it was not read for ${seconds(gap)} of the test.` : null;
}

/** Power is taken to go straight from one reading to the next, and so is counted energy. */
function joulesBetween(meter: PowerSeries, { beginMs, endMs }: EnergyWindow): number {
  if (meter.unit === "joules") return valueAt(meter, endMs) - valueAt(meter, beginMs);
  const times = [beginMs, ...meter.timesMs.filter((time) => time > beginMs && time < endMs), endMs];
  let joules = 0;
  for (let at = 1; at < times.length; at++) {
    const [from = 0, to = 0] = [times[at - 1], times[at]];
    joules += ((valueAt(meter, from) + valueAt(meter, to)) / 2) * ((to - from) / 1e3);
  }
  return joules;
}

function valueAt({ timesMs, values }: PowerSeries, timeMs: number): number {
  const after = indexFrom(timesMs, timeMs);
  const right = values[after];
  const left = values[after - 1];
  const [from = 0, to = 0] = [timesMs[after - 1], timesMs[after]];
  if (left === undefined) return right ?? Number.NaN;
  return right === undefined ? left : left + ((right - left) * (timeMs - from)) / (to - from);
}

/** Index of the first reading at that time or later; the length where there is none. */
function indexFrom(timesMs: readonly number[], timeMs: number): number {
  let low = 0;
  let high = timesMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timesMs[middle] ?? 0) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Watts of a meter at each of its readings: of a counter the mean since the one before, NaN at the first. */
export function wattsOf(meter: PowerSeries): number[] {
  return meter.values.map((_, index) => wattsAtReading(meter, index));
}

function largestSum(series: readonly PowerSeries[], { beginMs, endMs }: EnergyWindow): number {
  const meters = series.map((meter) => ({ ...meter, values: wattsOf(meter) }));
  // A counter's mean holds for the whole time since the reading before.
  const wattsAt = (meter: PowerSeries, timeMs: number) =>
    meter.unit === "watts" ? valueAt(meter, timeMs) : meter.values[indexFrom(meter.timesMs, timeMs)];
  const times = meters.flatMap(({ timesMs }) => timesMs.filter((time) => time > beginMs && time < endMs));
  return [...times, beginMs, endMs].reduce((most, timeMs) => {
    const sum = meters.reduce((total, meter) => total + (wattsAt(meter, timeMs) || 0), 0);
    return Math.max(most, sum);
  }, 0);
}
