import { sortValues } from "../metrics/distribution.ts";
import { at, elapsed, extent, goodRequests, pick, sum, timePerOutputToken } from "../metrics/requests.ts";
import type { Distribution, RunRecord } from "../results/record.ts";
import type { Timeline } from "../sut/timeline.ts";
import { interpolatedPercentile, meanOf, standardDeviation } from "./sample-statistics.ts";

/**
 * A run under the keys that `vllm bench serve --save-result` writes, with their meaning: times from the moment of
 * sending, in ms, over good requests; percentiles between the two nearest values. What FlexBench does not keep is null.
 */
export function vllmBenchResult(record: RunRecord, timeline: Timeline): Record<string, unknown> {
  const good = goodRequests(timeline);
  const { columns } = timeline;
  const durationSeconds = (extent(columns.completedNs).last - extent(columns.sentNs).first) / 1e9;
  const perSecond = (amount: number | null) =>
    amount === null || !(durationSeconds > 0) ? null : amount / durationSeconds;
  const inputTokens = totalOrNull(pick(columns.promptTokens, good));
  const outputTokens = totalOrNull(pick(columns.outputTokens, good));
  const share = record.metrics.goodput?.share ?? null;
  return {
    date: record.startedAt.slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-"),
    endpoint_type: "openai",
    backend: "openai",
    label: "flexbench",
    model_id: record.model.name,
    tokenizer_id: record.config.tokenizer ?? record.model.name,
    num_prompts: record.requests.issued,
    request_rate: record.client?.stimulus.askedQps ?? "inf",
    burstiness: 1,
    max_concurrency: record.loadgen?.scenario === "Server" ? null : (record.config.connections ?? null),
    duration: durationSeconds,
    completed: good.length,
    failed: record.requests.failed,
    total_input_tokens: inputTokens,
    total_output_tokens: outputTokens,
    request_throughput: perSecond(good.length),
    request_goodput: share === null ? null : perSecond(share * record.requests.issued),
    output_throughput: perSecond(outputTokens),
    total_token_throughput:
      inputTokens === null || outputTokens === null ? null : perSecond(inputTokens + outputTokens),
    max_concurrent_requests: mostInFlight(timeline),
    ...latencyKeys("ttft", elapsed(timeline, good, "sentNs", "firstTokenNs")),
    ...latencyKeys("tpot", timePerOutputToken(timeline, good)),
    ...gapKeys(record.metrics.itlNs),
    ...latencyKeys("e2el", elapsed(timeline, good, "sentNs", "lastTokenNs")),
  };
}

const percentiles = [90, 95, 99] as const;

function latencyKeys(name: string, timesNs: Float64Array): Record<string, number | null> {
  const ordered = sortValues(timesNs);
  const milliseconds = (ns: number | null) => (ns === null ? null : ns / 1e6);
  return {
    [`mean_${name}_ms`]: milliseconds(meanOf(ordered)),
    [`median_${name}_ms`]: milliseconds(interpolatedPercentile(ordered, 0.5)),
    [`std_${name}_ms`]: milliseconds(standardDeviation(ordered, 0)),
    ...Object.fromEntries(
      percentiles.map((percent) => [
        `p${percent}_${name}_ms`,
        milliseconds(interpolatedPercentile(ordered, percent / 100)),
      ]),
    ),
  };
}

/** Gaps between tokens are kept as a histogram only: there is no deviation of theirs. */
function gapKeys(gaps: Distribution | null): Record<string, number | null> {
  const milliseconds = (key: keyof Distribution) => (gaps === null ? null : gaps[key] / 1e6);
  return {
    mean_itl_ms: milliseconds("mean"),
    median_itl_ms: milliseconds("p50"),
    std_itl_ms: null,
    p90_itl_ms: milliseconds("p90"),
    p95_itl_ms: milliseconds("p95"),
    p99_itl_ms: milliseconds("p99"),
  };
}

function totalOrNull(values: Float64Array): number | null {
  const total = sum(values);
  return Number.isNaN(total) ? null : total;
}

/** The most requests that were sent and not yet answered at one time. */
function mostInFlight({ columns }: Timeline): number {
  const starts = sortValues(columns.sentNs);
  const ends = sortValues(columns.completedNs.filter((_, row) => !Number.isNaN(at(columns.sentNs, row))));
  let ended = 0;
  return starts.reduce((most, start, begun) => {
    while (ended < ends.length && at(ends, ended) <= start) ended++;
    return Math.max(most, begun + 1 - ended);
  }, 0);
}
