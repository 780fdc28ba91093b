/** One entry of a detail log, before it is written. */
export interface LogLine {
  key: string;
  /** As it stands in the file. */
  raw: string;
  kind?: "error" | "warning";
}

/** A line with a value in LoadGen's form: its whole numbers can be beyond 2^53. */
export function line(
  key: string,
  value: string | number | boolean | bigint,
  kind?: LogLine["kind"],
): LogLine {
  const raw = typeof value === "string" ? JSON.stringify(value) : String(value);
  return { key, raw, ...(kind === undefined ? {} : { kind }) };
}

/** The text of a detail log. */
export function detailText(lines: readonly LogLine[]): string {
  return lines
    .map(({ key, raw, kind }, index) => {
      const metadata = `{"is_error": ${kind === "error"}, "is_warning": ${kind === "warning"}, "file": "loadgen.cc", "line_no": ${100 + index}, "pid": 4711, "tid": 4712}`;
      return `:::MLLOG {"key": "${key}", "value": ${raw}, "time_ms": ${(index / 10).toFixed(6)}, "namespace": "mlperf::logging", "event_type": "POINT_IN_TIME", "metadata": ${metadata}}\n`;
    })
    .join("");
}

/** What LoadGen is told and what comes of it, as far as logs show it. */
export interface TestFacts {
  scenario: "Server" | "Offline";
  mode: "PerformanceOnly" | "AccuracyOnly";
  sutName: string;
  /** When the test began, which makes its logs differ from others. */
  hour: number;
  samples: number;
  accuracySamples: number;
  targetQps: number;
  minQueryCount: number;
  minDurationMs: number;
  ttftLimitNs: number;
  tpotLimitNs: number;
  /** Samples of one query as LoadGen logs it. */
  samplesPerQuery: number;
  /** Mean output tokens. */
  meanTokens: number;
  /** Audit settings; null outside audits. */
  audit: { loggedAnswers: number; issuesUnique: boolean; queries: number } | null;
}

const seeds = {
  qsl: 2085463073848966840n,
  sampleIndex: 2747215439041700203n,
  schedule: 16159082839903944936n,
};
const auditSeed = 720381539243781796n;
const percentiles = ["50.00", "90.00", "95.00", "97.00", "99.00", "99.90"] as const;
const isPaced = ({ scenario }: TestFacts): boolean => scenario === "Server";

/** A number as LoadGen prints it: six digits. */
function printed(value: number): number {
  return Number(value.toPrecision(6));
}

/** The lines of a test's detail log in LoadGen's order. */
export function detailLines(facts: TestFacts): LogLine[] {
  return [
    line("loadgen_version", "6.0.17 @ d6147c7eb7"),
    line("loadgen_build_date_local", "2026-11-20T10:00:00.000000"),
    line("loadgen_build_date_utc", "2026-11-20T10:00:00.000000"),
    line("loadgen_git_status_message", ""),
    { key: "loadgen_file_sha1", raw: '{"/loadgen.cc":"0b1c2d3e4f","/results.cc":"1c2d3e4f50"}' },
    line("test_datetime", `2026-11-20T${String(facts.hour).padStart(2, "0")}:00:00Z`),
    line("sut_name", facts.sutName),
    line("get_sut_name_duration_ns", 220),
    line("qsl_name", "official set"),
    line("qsl_reported_total_count", facts.mode === "AccuracyOnly" ? facts.accuracySamples : facts.samples),
    line("qsl_reported_performance_count", facts.samples),
    ...requestedLines(facts),
    ...effectiveLines(facts),
    line("generic_message", `Starting ${facts.mode === "AccuracyOnly" ? "accuracy" : "performance"} mode`),
    ...setLines(facts),
    ...(facts.mode === "PerformanceOnly" ? resultLines(facts) : []),
  ];
}

function requestedLines(facts: TestFacts): LogLine[] {
  const { scenario, mode, targetQps, audit } = facts;
  return [
    line("requested_scenario", scenario),
    line("requested_test_mode", mode),
    line(isPaced(facts) ? "requested_server_target_qps" : "requested_offline_expected_qps", targetQps),
    line("requested_min_duration_ms", facts.minDurationMs),
    line("requested_min_query_count", facts.minQueryCount),
    line("requested_qsl_rng_seed", seeds.qsl),
    line("requested_sample_index_rng_seed", seeds.sampleIndex),
    line("requested_schedule_rng_seed", seeds.schedule),
    line("requested_sample_concatenate_permutation", audit === null),
    line("requested_use_token_latencies", true),
    line("requested_server_ttft_latency", facts.ttftLimitNs),
    line("requested_server_tpot_latency", facts.tpotLimitNs),
  ];
}

function effectiveLines(facts: TestFacts): LogLine[] {
  const { scenario, mode, audit } = facts;
  return [
    line("effective_scenario", scenario),
    line("effective_test_mode", mode),
    line("effective_samples_per_query", facts.samplesPerQuery),
    line("effective_target_qps", facts.targetQps),
    line("effective_target_latency_ns", 0),
    line("effective_target_latency_percentile", 0.99),
    line("effective_max_async_queries", isPaced(facts) ? 0 : 1),
    line("effective_target_duration_ms", isPaced(facts) ? facts.minDurationMs : 0),
    line("effective_min_duration_ms", facts.minDurationMs),
    line("effective_max_duration_ms", 0),
    line("effective_min_query_count", isPaced(facts) ? facts.minQueryCount : 1),
    line("effective_max_query_count", 0),
    line("effective_min_sample_count", facts.minQueryCount),
    line("effective_qsl_rng_seed", seeds.qsl),
    line("effective_sample_index_rng_seed", seeds.sampleIndex),
    line("effective_schedule_rng_seed", seeds.schedule),
    line("effective_accuracy_log_rng_seed", audit === null ? 0 : auditSeed),
    line("effective_accuracy_log_probability", 0),
    line("effective_accuracy_log_sampling_target", audit?.loggedAnswers ?? 0),
    line("effective_print_timestamps", false),
    line("effective_performance_issue_unique", audit?.issuesUnique ?? false),
    line("effective_performance_issue_same", false),
    line("effective_performance_issue_same_index", 0),
    line("effective_performance_sample_count", facts.samples),
    line("effective_accuracy_sample_count", facts.accuracySamples),
    line("effective_sample_concatenate_permutation", audit === null),
  ];
}

/** The sets that were loaded, and what was generated of them. */
function setLines(facts: TestFacts): LogLine[] {
  const count = facts.mode === "AccuracyOnly" ? facts.accuracySamples : facts.samples;
  const order = Array.from({ length: count }, (_, index) => (index * 7919) % count);
  const queries = queriesOf(facts);
  return [
    { key: "loaded_qsl_set", raw: `[${order.join(",")}]` },
    line("generated_query_count", queries),
    line("generated_samples_per_query", generatedSamples(facts) / queries),
    line("generated_query_duration", BigInt(Math.round((queries / facts.targetQps) * 1e9))),
    line("power_begin", "11-20-2026 10:00:00.000"),
    line("power_end", "11-20-2026 10:12:00.000"),
  ];
}

function generatedSamples({
  mode,
  samples,
  accuracySamples,
  samplesPerQuery,
  scenario,
  audit,
}: TestFacts): number {
  if (mode === "AccuracyOnly") return accuracySamples;
  if (audit !== null) return audit.queries;
  // Whole copies of the performance set.
  return scenario === "Offline" ? Math.ceil(samplesPerQuery / samples) * samples : samples;
}

function queriesOf(facts: TestFacts): number {
  return isPaced(facts) ? generatedSamples(facts) : 1;
}

function resultLines(facts: TestFacts): LogLine[] {
  const { meanTokens, targetQps } = facts;
  const rate = printed(targetQps * 0.99);
  const tokens = printed(rate * meanTokens);
  const latency = facts.tpotLimitNs * 0.3 * meanTokens;
  const verdict = [
    line("result_validity", "VALID"),
    ...(isPaced(facts) ? [line("result_perf_constraints_met", true)] : []),
    line("result_min_duration_met", true),
    line("result_min_queries_met", true),
    line("early_stopping_met", true),
    line("early_stopping_ttft_result", isPaced(facts) ? " * Run successful." : ""),
    line("early_stopping_tpot_result", isPaced(facts) ? " * Run successful." : ""),
    line("result_query_count", queriesOf(facts)),
  ];
  const whole = percentiles.map((name) =>
    line(`result_${name}_percentile_latency_ns`, Math.round(latency * (Number(name) / 100 + 0.5))),
  );
  if (!isPaced(facts))
    return [
      ...verdict,
      line("result_samples_per_second", rate),
      line("result_mean_latency_ns", Math.round(latency)),
      ...whole,
      line("result_tokens_per_second", tokens),
      line("num_errors", 0),
    ];
  return [
    ...verdict,
    line("result_overlatency_query_count", 0),
    line("result_scheduled_samples_per_sec", targetQps),
    line("result_completed_samples_per_sec", rate),
    line("result_mean_latency_ns", Math.round(latency)),
    ...whole,
    ...percentiles.map((name) =>
      line(
        `result_first_token_${name}_percentile_latency_ns`,
        Math.round(facts.ttftLimitNs * 0.4 * (Number(name) / 100)),
      ),
    ),
    ...percentiles.map((name) =>
      line(
        `result_time_per_output_token_${name}_percentile_ns`,
        Math.round(facts.tpotLimitNs * 0.4 * (Number(name) / 100)),
      ),
    ),
    line("result_completed_tokens_per_second", tokens),
    line("num_errors", 0),
  ];
}

/** The text of a test's summary. */
export function summaryText(facts: TestFacts): string {
  const end = "\nNo warnings encountered during test.\n\nNo errors encountered during test.\n";
  if (facts.mode === "AccuracyOnly") return end;
  const bar = "================================================\n";
  return `${bar}MLPerf Results Summary\n${bar}SUT name : ${facts.sutName}\nScenario : ${facts.scenario}\nMode     : ${facts.mode}\nResult is : VALID\n  Min duration satisfied : Yes\n  Min queries satisfied : Yes\n  Early stopping satisfied: Yes\n${end}`;
}

/** One entry of an accuracy log: token ids of 4 bytes, little-endian. */
export function answerLine(
  sequence: number,
  index: number,
  ids: readonly number[],
  scenario: TestFacts["scenario"],
): string {
  const hex = (tokens: readonly number[]): string => {
    const bytes = Buffer.alloc(tokens.length * 4);
    for (const [place, id] of tokens.entries()) bytes.writeInt32LE(id, place * 4);
    return bytes.toString("hex").toUpperCase();
  };
  const first = scenario === "Server" ? `, "token_data" : "${hex(ids.slice(0, 1))}"` : "";
  return `{ "seq_id" : ${sequence}, "qsl_idx" : ${index}, "data" : "${hex(ids)}"${first}, "token_count" : ${ids.length} }`;
}

/** A whole accuracy log of so many answers; the answers are as long as `tokens`. */
export function accuracyLogText(answers: number, tokens: number, scenario: TestFacts["scenario"]): string {
  const entries = Array.from({ length: answers }, (_, sequence) => {
    const ids = Array.from({ length: tokens }, (_, place) => 1000 + ((sequence * 31 + place * 7) % 100_000));
    return answerLine(sequence, (sequence * 7919) % 4000, ids, scenario);
  });
  return `[\n${entries.join(",\n")}\n]\n`;
}

/** What a submission keeps of an accuracy log. */
export function truncated(log: string): string {
  return `${log.slice(0, 4096)}\n\n...\n\n${log.slice(-4096)}`;
}
