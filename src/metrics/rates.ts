import type { Scenario } from "../loadgen/settings.ts";
import { type LoadgenResult, loadgenNumber } from "../loadgen/verdict.ts";
import type { Timeline } from "../sut/timeline.ts";
import { at, extent, pick, sum } from "./requests.ts";

/** Samples and tokens a second; null where too little happened to tell. */
export interface Rates {
  samplesPerSecond: number | null;
  tokensPerSecond: number | null;
}

/** The keys of LoadGen's detail log that hold its rates. MultiStream has no rate of samples. */
const rateKeys: Record<Scenario, { samples: string | null; tokens: string }> = {
  Server: { samples: "result_completed_samples_per_sec", tokens: "result_completed_tokens_per_second" },
  Offline: { samples: "result_samples_per_second", tokens: "result_tokens_per_second" },
  SingleStream: { samples: "result_qps_with_loadgen_overhead", tokens: "result_completed_tokens_per_second" },
  MultiStream: { samples: null, tokens: "result_completed_tokens_per_second" },
};

/** LoadGen's own rates as it logged them; null where it has none (tokens are counted in token mode only). */
export function loadgenRates(result: LoadgenResult): Rates {
  const { samples, tokens } = rateKeys[result.scenario];
  return {
    samplesPerSecond: samples === null ? null : aboveZero(loadgenNumber(result, samples)),
    tokensPerSecond: aboveZero(loadgenNumber(result, tokens)),
  };
}

/**
 * Rates of the given requests by LoadGen's definitions. With t0 the first scheduled time, and the last query the one
 * that was scheduled last:
 * - Server: (samples − 1) / (end of the last query − t0)
 * - SingleStream: (samples − 1) / (issue of the last query − t0)
 * - Offline: samples / longest latency
 * - MultiStream, of which LoadGen gives none: samples / (end of the last query − t0)
 * - tokens: all tokens / (end of the last query − t0), in Offline all tokens / longest latency
 */
export function timelineRates(timeline: Timeline, rows: Uint32Array, scenario: Scenario): Rates {
  const windows = windowsOf(timeline, rows);
  if (windows === null) return { samplesPerSecond: null, tokensPerSecond: null };
  return {
    samplesPerSecond: sampleRate(rows.length, windows, scenario),
    tokensPerSecond: tokenRate(pick(timeline.columns.outputTokens, rows), windows, scenario),
  };
}

/** Prompt tokens a second over the time that `tokensPerSecond` stands for; null unless every count is known. */
export function promptTokenRate(timeline: Timeline, rows: Uint32Array, scenario: Scenario): number | null {
  const windows = windowsOf(timeline, rows);
  return windows === null ? null : tokenRate(pick(timeline.columns.promptTokens, rows), windows, scenario);
}

interface Windows {
  /** From the first scheduled time to the issue of the last query. */
  issuingNs: number;
  /** From the first scheduled time to the end of the last query. */
  lastQueryNs: number;
  longestLatencyNs: number;
}

function windowsOf(timeline: Timeline, rows: Uint32Array): Windows | null {
  const { scheduledNs, issuedNs, completedNs } = timeline.columns;
  if (rows.length === 0) return null;
  const start = extent(scheduledNs).first;
  let last = Number.NEGATIVE_INFINITY;
  let lastIssued = Number.NaN;
  let lastCompleted = Number.NaN;
  let longestLatencyNs = 0;
  for (const row of rows) {
    const scheduled = at(scheduledNs, row);
    const completed = at(completedNs, row);
    longestLatencyNs = Math.max(longestLatencyNs, completed - scheduled);
    if (scheduled < last) continue;
    // The samples of one query share its scheduled time; the query ends with the last of them.
    lastCompleted = scheduled === last ? Math.max(lastCompleted, completed) : completed;
    lastIssued = at(issuedNs, row);
    last = scheduled;
  }
  return { issuingNs: lastIssued - start, lastQueryNs: lastCompleted - start, longestLatencyNs };
}

function sampleRate(samples: number, windows: Windows, scenario: Scenario): number | null {
  switch (scenario) {
    case "Server":
      return perSecond(samples - 1, windows.lastQueryNs);
    case "SingleStream":
      return perSecond(samples - 1, windows.issuingNs);
    case "MultiStream":
      return perSecond(samples, windows.lastQueryNs);
    case "Offline":
      return perSecond(samples, windows.longestLatencyNs);
  }
}

function tokenRate(counts: Float64Array, windows: Windows, scenario: Scenario): number | null {
  const total = sum(counts);
  const windowNs = scenario === "Offline" ? windows.longestLatencyNs : windows.lastQueryNs;
  return Number.isNaN(total) ? null : perSecond(total, windowNs);
}

function perSecond(count: number, windowNs: number): number | null {
  return count > 0 && windowNs > 0 ? (count / windowNs) * 1e9 : null;
}

/** LoadGen logs 0 for a run of one query, where there is no rate. */
function aboveZero(rate: number | null): number | null {
  return rate !== null && rate > 0 ? rate : null;
}
