import { type SortedValues, sortValues } from "../metrics/distribution.ts";
import { at, elapsed, extent, goodRequests, pick, sum, timePerOutputToken } from "../metrics/requests.ts";
import type { RunRecord } from "../results/record.ts";
import type { Timeline } from "../sut/timeline.ts";
import { meanOf, standardDeviation } from "./sample-statistics.ts";

/**
 * A run in the shape of `result_summary.json` of MLCommons' endpoints: times in ns from the moment of issuing. Only good
 * requests are in its figures and count as completed, where endpoints counts failed ones too.
 */
export function endpointsSummary(record: RunRecord, timeline: Timeline): Record<string, unknown> {
  const good = goodRequests(timeline);
  const { columns } = timeline;
  const durationNs = extent(columns.completedNs).last - extent(columns.issuedNs).first;
  const hasDuration = Number.isFinite(durationNs) && durationNs > 0;
  const outputTokens = pick(columns.outputTokens, good);
  const perSecond = (amount: number) =>
    hasDuration && !Number.isNaN(amount) ? (amount / durationNs) * 1e9 : null;
  return {
    version: record.flexbench.version,
    git_sha: record.flexbench.commit,
    // A moment of a clock that ended with the test; endpoints itself always writes 0.
    test_started_at: 0,
    n_samples_issued: record.requests.issued,
    n_samples_completed: good.length,
    n_samples_failed: record.requests.failed,
    duration_ns: hasDuration ? Math.round(durationNs) : null,
    state: record.state === "aborted" ? "interrupted" : "complete",
    complete: record.state === "valid" || record.state === "invalid",
    ttft: seriesOf(elapsed(timeline, good, "issuedNs", "firstTokenNs")),
    tpot: seriesOf(timePerOutputToken(timeline, good)),
    latency: seriesOf(elapsed(timeline, good, "issuedNs", "completedNs")),
    output_sequence_lengths: seriesOf(outputTokens),
    input_sequence_lengths: seriesOf(pick(columns.promptTokens, good)),
    legacy_loadgen_window_duration_ns: null,
    qps: perSecond(good.length),
    tps: perSecond(sum(outputTokens)),
    finish_reason_counts: finishReasons(record.requests.finishReasons),
    run_config: record.config,
  };
}

const percentiles = [99.9, 99, 97, 95, 90, 80, 75, 50, 25, 10, 5, 1] as const;

function seriesOf(values: Float64Array): Record<string, unknown> {
  const ordered = sortValues(values);
  if (ordered.length === 0) return {};
  return {
    total: sum(ordered),
    min: at(ordered, 0),
    max: ordered.at(-1) ?? null,
    median: lowerPercentile(ordered, 0.5),
    avg: meanOf(ordered),
    std_dev: standardDeviation(ordered, 1) ?? 0,
    percentiles: Object.fromEntries(
      percentiles.map((percent) => [percent.toFixed(1), lowerPercentile(ordered, percent / 100)]),
    ),
    histogram: histogramOf(ordered),
  };
}

/** The value at or below the percentile, as endpoints takes it. */
function lowerPercentile(ordered: SortedValues, fraction: number): number {
  return at(ordered, Math.floor((ordered.length - 1) * fraction));
}

const histogramBuckets = 30;

function histogramOf(ordered: SortedValues): { buckets: [number, number][]; counts: number[] } {
  const least = at(ordered, 0);
  const most = ordered.at(-1) ?? least;
  if (least === most) return { buckets: [[least, most]], counts: [ordered.length] };
  const width = (most - least) / histogramBuckets;
  const counts = new Array<number>(histogramBuckets).fill(0);
  for (const value of ordered) {
    const bucket = Math.min(histogramBuckets - 1, Math.floor((value - least) / width));
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return {
    buckets: counts.map((_, bucket) => [least + bucket * width, least + (bucket + 1) * width]),
    counts,
  };
}

const knownReasons = ["stop", "length", "tool_calls", "content_filter", "function_call"] as const;

function finishReasons(counts: Readonly<Record<string, number>>): Record<string, number> {
  const known = knownReasons.map((reason): [string, number] => [reason, counts[reason] ?? 0]);
  const other = Object.entries(counts)
    .filter(([reason]) => !knownReasons.some((name) => name === reason))
    .reduce((total, [, count]) => total + count, 0);
  return Object.fromEntries([...known, ["other", other]]);
}
