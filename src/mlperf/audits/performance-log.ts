import { type DetailValue, readDetailLog } from "../../loadgen/detail-log.ts";

/** What a detail log says, by key; the last entry of a key counts. */
export type DetailValues = ReadonlyMap<string, DetailValue>;

/** Reads the values of a detail log. */
export function readDetailValues(path: string): DetailValues {
  const values = new Map<string, DetailValue>();
  for (const { key, value, isError, isWarning } of readDetailLog(path))
    if (!isError && !isWarning) values.set(key, value);
  return values;
}

/** How fast a performance test was, in the unit of its scenario. */
export interface Performance {
  scenario: string;
  isValid: boolean;
  /** Samples a second (Offline, Server), or ns of the percentile that early stopping estimates (the closed loops). */
  figure: number;
  isLatency: boolean;
  /** LoadGen's limit in Server, ns; null in other scenarios. */
  targetLatencyNs: number | null;
}

const figureKeys: Readonly<Record<string, string>> = {
  Offline: "result_samples_per_second",
  Server: "result_completed_samples_per_sec",
  SingleStream: "early_stopping_latency_ss",
  MultiStream: "early_stopping_latency_ms",
};

/** The figure of a performance test; null when the log has none, as of a test that was cut off. */
export function performanceOf(values: DetailValues): Performance | null {
  const scenario = String(values.get("effective_scenario"));
  const figure = values.get(figureKeys[scenario] ?? "");
  if (typeof figure !== "number") return null;
  const target = values.get("effective_target_latency_ns");
  return {
    scenario,
    isValid: values.get("result_validity") === "VALID",
    figure,
    isLatency: scenario === "SingleStream" || scenario === "MultiStream",
    targetLatencyNs: scenario === "Server" && typeof target === "number" ? target : null,
  };
}

const allowedShare = 0.1;
const allowedShareOfShortLatencies = 0.2;
const shortLatencyNs: Readonly<Record<string, number>> = { SingleStream: 200_000, MultiStream: 1_600_000 };

/** By how much an audit's figure may differ from the run's: more where latencies are so short that noise shows. */
export function allowedDifference({ scenario, figure }: Performance): number {
  return figure <= (shortLatencyNs[scenario] ?? 0) ? allowedShareOfShortLatencies : allowedShare;
}
