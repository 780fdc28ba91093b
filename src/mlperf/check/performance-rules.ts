import { type DetailRecord, numberOf, textOf } from "./detail-record.ts";
import { headlineOf } from "./headline.ts";
import { loadgenScenario } from "./log-rules.ts";
import { type LogComplaints, perLog } from "./per-log.ts";
import type { Rule } from "./rule.ts";
import type { ResultFolder } from "./submission-tree.ts";

/** A rule about the performance log, as far as it is there. */
function rule(id: string, asks: string, complaints: LogComplaints): Rule<ResultFolder> {
  return perLog(id, asks, complaints, ({ performance }) => [performance.detail]);
}

function atLeast(log: DetailRecord, key: string, least: number): string[] {
  const value = numberOf(log, key);
  if (value === null) return [`${key} is not in it`];
  return value >= least ? [] : [`${key} is ${value}, and at least ${least} is needed`];
}

function isTrue(log: DetailRecord, key: string): string[] {
  const value = textOf(log, key);
  if (value === "true") return [];
  return [value === null ? `${key} is not in it` : `${key} is ${value}`];
}

const isPaced = ({ scenario }: ResultFolder): boolean => scenario === "Server" || scenario === "Interactive";
const milliseconds = (nanoseconds: number): string => `${Number((nanoseconds / 1e6).toFixed(3))} ms`;

/** Rules about the verdict and the figures of the performance test. */
const verdictRules: readonly Rule<ResultFolder>[] = [
  rule("performance-valid", "LoadGen's own verdict on the performance test is VALID.", (log) => {
    const verdict = textOf(log, "result_validity");
    if (verdict === "VALID") return [];
    if (verdict === null) return ["result_validity is not in it: the test did not come to its end"];
    const reason = textOf(log, "result_invalid_reason") ?? "";
    return [`result_validity is ${verdict}${reason === "" ? "" : `: ${reason.trim()}`}`];
  }),
  {
    id: "summary-agrees",
    asks: "The summary tells the verdict and the scenario that the detail log tells.",
    find: (result) => {
      const { summary, detail, path } = result.performance;
      if (summary === null || detail === null) return [];
      const file = `${path}/mlperf_log_summary.txt`;
      const told = (label: string): string | null =>
        new RegExp(`^${label}\\s*:\\s*(\\S+)`, "m").exec(summary)?.[1] ?? null;
      const pairs = [
        ["Result is", textOf(detail, "result_validity")],
        ["Scenario", loadgenScenario(result)],
        ["Mode", "PerformanceOnly"],
      ] as const;
      return pairs
        .filter(([label, expected]) => told(label) !== expected)
        .map(([label, expected]) => ({
          file,
          message: `it says "${label} : ${told(label) ?? "nothing"}", and the detail log ${expected ?? "nothing"}`,
        }));
    },
  },
  rule(
    "early-stopping",
    "The early stopping condition of Server, Interactive and SingleStream was met.",
    (log, { scenario }) => (scenario === "Offline" ? [] : isTrue(log, "early_stopping_met")),
  ),
  rule("minimums-met", "The test reached its least duration and its least queries.", (log) => [
    ...isTrue(log, "result_min_duration_met"),
    ...isTrue(log, "result_min_queries_met"),
  ]),
  rule(
    "latency-limits",
    "TTFT and TPOT at the 99th percentile stay below the limits of the folder's scenario, Interactive's in Interactive.",
    (log, { rules, scenario, division }) => {
      if (scenario !== "Server" && scenario !== "Interactive") return [];
      const limits = rules.limits[scenario];
      if (limits === undefined) return [`${rules.name} has no limits for ${scenario}`];
      const figures = [
        { name: "TTFT", key: "result_first_token_99.00_percentile_latency_ns", limit: limits.ttftNs },
        { name: "TPOT", key: "result_time_per_output_token_99.00_percentile_ns", limit: limits.tpotNs },
      ];
      return figures.flatMap(({ name, key, limit }) => {
        const value = numberOf(log, key);
        if (value === null) return [`${key} is not in it`];
        if (value < limit) return [];
        const note =
          division === "open"
            ? " (the rules relax it in the open division, the official checkers do not)"
            : "";
        return [
          `${name} at the 99th percentile is ${milliseconds(value)}, and must be below ${milliseconds(limit)} in ${scenario}${note}`,
        ];
      });
    },
  ),
  rule("result-figure", "The figure that is submitted is in the log and above zero.", (log, result) => {
    const { key, value } = headlineOf(log, result);
    if (value === null) return [`${key} is not in it`];
    return value > 0 ? [] : [`${key} is ${value}`];
  }),
];

/** Rules about what the performance test was told. */
const settingRules: readonly Rule<ResultFolder>[] = [
  rule("min-duration", "The least duration of the test is that of the rules, 600 s.", (log, { rules }) =>
    atLeast(log, "effective_min_duration_ms", rules.minDurationMs),
  ),
  rule(
    "performance-samples",
    "The performance set has at least the samples of the official one.",
    (log, { rules }) => atLeast(log, "effective_performance_sample_count", rules.performanceSamples),
  ),
  rule(
    "offline-samples",
    "The one query of Offline has at least the samples of the rules.",
    (log, { rules, scenario }) =>
      scenario === "Offline" ? atLeast(log, "effective_samples_per_query", rules.offlineSamples) : [],
  ),
  rule("token-mode", "LoadGen measured tokens: requested_use_token_latencies is on.", (log) =>
    isTrue(log, "requested_use_token_latencies"),
  ),
  rule(
    "equal-issue",
    "Every sample was issued as often as every other: sample_concatenate_permutation is on.",
    (log) => isTrue(log, "effective_sample_concatenate_permutation"),
  ),
  rule(
    "percentile",
    "The percentile is 99 in Server and Interactive, 90 in SingleStream.",
    (log, { scenario }) => {
      if (scenario === "Offline") return [];
      const expected = scenario === "SingleStream" ? 0.9 : 0.99;
      const value = numberOf(log, "effective_target_latency_percentile");
      return value === expected
        ? []
        : [`effective_target_latency_percentile is ${value} and not ${expected}`];
    },
  ),
  rule(
    "limits-told",
    "LoadGen was told the TTFT and TPOT limits of the folder's scenario or tighter ones.",
    (log, result) => {
      const limits = isPaced(result)
        ? result.rules.limits[result.scenario as "Server" | "Interactive"]
        : undefined;
      if (limits === undefined) return [];
      return (
        [
          ["requested_server_ttft_latency", limits.ttftNs],
          ["requested_server_tpot_latency", limits.tpotNs],
        ] as const
      ).flatMap(([key, limit]) => {
        const value = numberOf(log, key);
        if (value === null) return [`${key} is not in it`];
        return value <= limit
          ? []
          : [`${key} is ${milliseconds(value)}, and ${milliseconds(limit)} is the limit`];
      });
    },
  ),
  rule("network-name", 'A system over a network has "Network SUT" in its name.', (log, { isNetwork }) =>
    !isNetwork || (textOf(log, "sut_name") ?? "").includes("Network SUT")
      ? []
      : [`sut_name is "${textOf(log, "sut_name") ?? ""}", without "Network SUT"`],
  ),
];

/** Rules about the performance test. */
export const performanceRules: readonly Rule<ResultFolder>[] = [...verdictRules, ...settingRules];
