import { type LoadgenResult, loadgenNumber } from "./verdict.ts";

/** Why a result is not what was hoped for, in plain words, and what to change. */
export interface Explanation {
  /** One sentence with the numbers. */
  reason: string;
  /** What to change, as one sentence; null where there is nothing to change. */
  remedy: string | null;
}

/**
 * Explains an INVALID verdict and logged errors in plain words, most important first. Empty for a VALID result without
 * errors, and for an accuracy test without errors.
 */
export function explainVerdict(result: LoadgenResult): Explanation[] {
  const explanations = [...explainInvalid(result), ...explainErrors(result)];
  if (explanations.length > 0) explanations.push(...explainAudit(result));
  return explanations;
}

function explainInvalid(result: LoadgenResult): Explanation[] {
  if (result.validity !== "INVALID") return [];
  const latency = explainLatency(result);
  const explanations = [
    ...latency,
    ...explainDuration(result),
    ...explainQueries(result),
    // Early stopping cannot hold when too many requests are over the limit, so it would say the same twice.
    ...(latency.length === 0 ? explainEarlyStopping(result) : []),
  ];
  return explanations.length > 0 ? explanations : [{ reason: inLoadgensWords(result), remedy: null }];
}

function inLoadgensWords({ invalidReasons }: LoadgenResult): string {
  return invalidReasons.length === 0
    ? "LoadGen judged the run INVALID without giving a reason."
    : `LoadGen judged the run INVALID: ${invalidReasons.join(" ")}`;
}

/** A latency that the Server scenario limits: how LoadGen logs it, and the flag that sets its limit. */
interface LimitedLatency {
  name: string;
  /** Word of LoadGen's own reason that names it, or null where the reason names none. */
  namedAs: string | null;
  valueKey: (percentile: string) => string;
  limitKey: string;
  raiseLimit: string;
}

const tokenLatencies: readonly LimitedLatency[] = [
  {
    name: "TTFT",
    namedAs: "TTFT",
    valueKey: (percentile) => `result_first_token_${percentile}_percentile_latency_ns`,
    limitKey: "requested_server_ttft_latency",
    raiseLimit: "--ttft-limit",
  },
  {
    name: "TPOT",
    namedAs: "TPOT",
    valueKey: (percentile) => `result_time_per_output_token_${percentile}_percentile_ns`,
    limitKey: "requested_server_tpot_latency",
    raiseLimit: "--tpot-limit",
  },
];

const plainLatency: LimitedLatency = {
  name: "Latency",
  namedAs: null,
  valueKey: (percentile) => `result_${percentile}_percentile_latency_ns`,
  limitKey: "effective_target_latency_ns",
  raiseLimit: "the target latency",
};

function explainLatency(result: LoadgenResult): Explanation[] {
  if (result.summary.result_perf_constraints_met !== false) return [];
  const limited = result.summary.requested_use_token_latencies === true ? tokenLatencies : [plainLatency];
  const words = result.invalidReasons.join(" ");
  return limited
    .filter(({ namedAs }) => namedAs === null || words.includes(namedAs))
    .map((latency) => explainOneLatency(result, latency));
}

function explainOneLatency(result: LoadgenResult, latency: LimitedLatency): Explanation {
  const percent = (loadgenNumber(result, "effective_target_latency_percentile") ?? 0.99) * 100;
  const value = loadgenNumber(result, latency.valueKey(percent.toFixed(2)));
  const limit = loadgenNumber(result, latency.limitKey);
  // LoadGen logs fixed percentiles only, so the value of an unusual one is not known.
  const measured = value === null ? "is" : `is ${duration(value)},`;
  const over = limit === null ? "over its limit" : `over the limit of ${duration(limit)}`;
  const qps = loadgenNumber(result, "effective_target_qps");
  return {
    reason: `${latency.name} p${trimmed(percent)} ${measured} ${over}.`,
    remedy: `Lower --target-qps${qps === null ? "" : ` (it was ${trimmed(qps)})`} or raise ${latency.raiseLimit}.`,
  };
}

function explainDuration(result: LoadgenResult): Explanation[] {
  if (result.summary.result_min_duration_met !== false) return [];
  const minMs = loadgenNumber(result, "effective_min_duration_ms");
  const least = minMs === null ? "its minimum duration" : `its minimum duration of ${duration(minMs * 1e6)}`;
  const lasted = durationOfTest(result);
  const reason = `The test ended ${lasted === null ? "" : `after ${duration(lasted)}, `}before ${least}.`;
  switch (result.scenario) {
    case "Offline":
      return [
        {
          reason,
          remedy:
            "Raise --target-qps: LoadGen sizes the one Offline query by it, and the server was faster than expected.",
        },
      ];
    case "Server":
      return [
        {
          reason,
          remedy: "Remove or raise max_query_count and max_duration, which ended the test early.",
        },
      ];
    default:
      return [{ reason, remedy: expectedLatencyRemedy }];
  }
}

const expectedLatencyRemedy =
  "Raise --target-qps (lower the expected latency): LoadGen generates twice the queries it expects, and the server was faster.";

/** What LoadGen compared with the minimum duration, ns; null where it did not log it. */
function durationOfTest(result: LoadgenResult): number | null {
  if (result.scenario === "Offline") return loadgenNumber(result, "result_max_latency_ns");
  const queries = loadgenNumber(result, "result_query_count");
  const rateKey =
    result.scenario === "Server" ? "result_scheduled_samples_per_sec" : "result_qps_with_loadgen_overhead";
  const rate = loadgenNumber(result, rateKey);
  return queries === null || rate === null || rate === 0 ? null : ((queries - 1) / rate) * 1e9;
}

function explainQueries(result: LoadgenResult): Explanation[] {
  if (result.summary.result_min_queries_met !== false) return [];
  const done = loadgenNumber(result, "result_query_count");
  const least = loadgenNumber(result, "effective_min_query_count");
  return [
    {
      reason: `Only ${done ?? "too few"} queries were issued; at least ${least ?? "more"} are required.`,
      remedy: "Lower --min-queries, or remove what ended the test early (max_query_count, max_duration).",
    },
  ];
}

function explainEarlyStopping(result: LoadgenResult): Explanation[] {
  if (result.summary.early_stopping_met !== false) return [];
  const done = loadgenNumber(result, "result_query_count");
  const needed = queriesNeeded(result, done ?? 0);
  if (needed === null || done === null) return [];
  const percent = (loadgenNumber(result, "effective_target_latency_percentile") ?? 0.99) * 100;
  return [
    {
      reason: `Early stopping: ${done} queries are too few to be sure of p${trimmed(percent)}; ${needed - done} more are needed (${needed} in all).`,
      remedy: `Set --min-queries ${needed}${longerTest(result, needed)}.`,
    },
  ];
}

/** Queries in all that early stopping asks for, as far as LoadGen says; null when it says nothing. */
function queriesNeeded(result: LoadgenResult, done: number): number | null {
  const words = result.invalidReasons.join(" ");
  const more = /run at least (\d+) more queries/.exec(words)?.[1];
  const inAll = /process at least (\d+) queries/.exec(words)?.[1];
  if (more !== undefined) return done + Number(more);
  return inAll === undefined ? null : Number(inAll);
}

function longerTest(result: LoadgenResult, queries: number): string {
  const qps = loadgenNumber(result, "effective_target_qps");
  if (result.scenario !== "Server" || qps === null || qps <= 0) return "";
  return ` or --duration ${Math.ceil((queries / qps) * 1.1)}s`;
}

/** What LoadGen objects to in an answer that is not whole, be it by the server's doing or because the request failed. */
const tooFewTokens = /n_tokens argument missing|tokens need to be greater than 1|negative number of tokens/;
const noFirstToken = /before it's first token latency/;

/** Whether a failed request alone can be the cause of this error line. */
export function followsFromFailedRequest(error: string): boolean {
  return tooFewTokens.test(error) || noFirstToken.test(error);
}

/** Kinds of LoadGen's error lines, by a piece of their text. */
const errorKinds: readonly { text: RegExp; reason: string; remedy: string }[] = [
  {
    text: tooFewTokens,
    reason:
      "Answers had fewer than two tokens, from which LoadGen cannot work out the time per output token.",
    remedy: "Set --min-tokens 2.",
  },
  {
    text: noFirstToken,
    reason: "Answers were completed without a first token.",
    remedy: "Check that the server streams (flexbench probe); a failed request can also be the cause.",
  },
  {
    text: /Max test duration reached/,
    reason: "max_duration ended the test before LoadGen was done.",
    remedy: "Remove max_duration from user.conf or raise it.",
  },
  {
    text: /Max query count reached/,
    reason: "max_query_count ended the test before LoadGen was done.",
    remedy: "Remove max_query_count from user.conf or raise it.",
  },
  {
    text: /Too many outstanding queries/,
    reason: "More queries were open than server_max_async_queries allows, so LoadGen stopped issuing.",
    remedy: "Lower --target-qps, or remove max_async_queries from user.conf.",
  },
  {
    text: /Ran out of generated queries/,
    reason: "LoadGen ran out of generated queries before the minimum duration and query count.",
    remedy: expectedLatencyRemedy,
  },
  {
    text: /Multiple conf files/,
    reason: "More than one user.conf was read in one process, which official submissions do not allow.",
    remedy: "Give one --user-conf.",
  },
  {
    text: /PerfClock and system_clock differ/,
    reason: "The system clock was changed while the test ran, so no time in it can be trusted.",
    remedy: "Run again while time synchronisation is settled.",
  },
  {
    text: /complete a sample twice|after sample was completed|old sample|incomplete samples|SequenceId/,
    reason: "Samples were completed twice, too late or not at all.",
    remedy: "This is a fault of the SUT: please report it.",
  },
];

function explainErrors({ errors }: LoadgenResult): Explanation[] {
  const known = errorKinds
    .filter(({ text }) => errors.some((error) => text.test(error)))
    .map(({ reason, remedy }) => ({ reason, remedy }));
  const unknown = errors
    .filter((error) => !errorKinds.some(({ text }) => text.test(error)))
    .map((error) => ({ reason: `LoadGen logged an error: ${error}`, remedy: null }));
  return [...known, ...unknown];
}

function explainAudit({ warnings }: LoadgenResult): Explanation[] {
  if (!warnings.some((warning) => warning.includes("Audit Config file"))) return [];
  return [
    {
      reason: "LoadGen took settings from an audit.config, which override those that were asked for.",
      remedy: "Leave out --audit-config unless this is an audit.",
    },
  ];
}

function duration(ns: number): string {
  if (ns >= 1e9) return `${trimmed(ns / 1e9)} s`;
  if (ns >= 1e6) return `${trimmed(ns / 1e6)} ms`;
  return `${trimmed(ns / 1e3)} µs`;
}

/** Four significant digits, without trailing zeros. */
function trimmed(value: number): string {
  return String(value >= 1000 ? Math.round(value) : Number(value.toPrecision(4)));
}
