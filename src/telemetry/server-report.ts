import {
  serverMetrics as allMetrics,
  type ServerMetric,
  type ServerMetricValues,
} from "./server-metric-names.ts";
import type { TokenTotals } from "./token-totals.ts";

/** What one address told at one moment. */
export interface ServerReading {
  /** After the start of the test, ns; negative before it. */
  timeNs: number;
  values: ServerMetricValues;
}

/** Everything that was scraped around a test, by round; null where an address did not answer. */
export interface ServerMetricSeries {
  sources: readonly { url: string; server: string }[];
  rounds: readonly (readonly (ServerReading | null)[])[];
}

/** A gauge over the test. */
export interface GaugeSummary {
  mean: number;
  max: number;
}

/** What the servers said of themselves; null for what they did not tell. Of several servers the sum, of shares the mean. */
export interface ServerMetricsReport {
  /** Addresses that were scraped, whose metric names they use, and how often they answered and did not. */
  sources: { url: string; server: string; scrapes: number; missed: number }[];
  /** Requests during the test. */
  running: GaugeSummary | null;
  waiting: GaugeSummary | null;
  /** Share of the KV cache in use during the test, 0 to 1. */
  kvCacheUse: GaugeSummary | null;
  /** From before the warm-up to after the last answer, as all that follows. */
  preemptions: number | null;
  /** Prompt tokens that were found in the prefix cache, of those that were looked up, 0 to 1. */
  prefixHitShare: number | null;
  promptTokens: number | null;
  generationTokens: TokenTotals;
}

/** Summarises a series; gauges over the test's `durationNs`. */
export function summariseServer(
  series: ServerMetricSeries,
  durationNs: number,
  generationTokens: TokenTotals,
): ServerMetricsReport {
  const hits = increase(series, "prefixCacheHits");
  const queries = increase(series, "prefixCacheQueries");
  return {
    sources: series.sources.map(({ url, server }, index) => {
      const scrapes = readingsOf(series, index).length;
      return { url, server, scrapes, missed: series.rounds.length - scrapes };
    }),
    running: gauge(series, "running", durationNs),
    waiting: gauge(series, "waiting", durationNs),
    kvCacheUse: gauge(series, "kvCacheUse", durationNs),
    preemptions: increase(series, "preemptions"),
    prefixHitShare: hits === null || queries === null || queries === 0 ? null : hits / queries,
    promptTokens: increase(series, "promptTokens"),
    generationTokens,
  };
}

/** How far a counter went up over all servers; null where one does not have it, did not tell, or was restarted. */
export function increase(series: ServerMetricSeries, metric: ServerMetric): number | null {
  let total = 0;
  for (const index of series.sources.keys()) {
    const values = readingsOf(series, index).map(({ values: { [metric]: value } }) => value);
    const [first] = values;
    const last = values.at(-1);
    if (first === undefined || last === undefined || Number.isNaN(first) || Number.isNaN(last)) return null;
    if (values.some((value, at) => value < (values[at - 1] ?? first))) return null;
    total += last - first;
  }
  return total;
}

/** Addresses one of whose counters went back: the server was restarted. */
export function restarted(series: ServerMetricSeries): string[] {
  const counters = allMetrics.filter((metric) => !["running", "waiting", "kvCacheUse"].includes(metric));
  return series.sources
    .filter((_, index) => {
      const readings = readingsOf(series, index);
      return readings.some(({ values }, at) => {
        const before = readings[at - 1]?.values ?? values;
        return counters.some((metric) => values[metric] < before[metric]);
      });
    })
    .map(({ url }) => url);
}

function readingsOf(series: ServerMetricSeries, source: number): ServerReading[] {
  return series.rounds.flatMap((round) => round[source] ?? []);
}

function gauge(series: ServerMetricSeries, metric: ServerMetric, durationNs: number): GaugeSummary | null {
  const values = series.rounds.flatMap((round) => {
    const readings = round.filter((reading) => reading !== null);
    const isWhole = readings.length === series.sources.length;
    const isInTest = readings.every(({ timeNs }) => timeNs >= 0 && timeNs <= durationNs);
    if (!isWhole || !isInTest) return [];
    const total = readings.reduce((sum, { values: told }) => sum + told[metric], 0);
    return [metric === "kvCacheUse" ? total / readings.length : total];
  });
  if (values.length === 0 || values.some(Number.isNaN)) return null;
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    max: Math.max(...values),
  };
}
