import type { Scenario } from "../loadgen/settings.ts";
import type { LoadgenResult } from "../loadgen/verdict.ts";
import type { LatencyLimits } from "../model/define-model.ts";
import type { GapHistogram } from "../sut/snapshot.ts";
import type { Timeline } from "../sut/timeline.ts";
import { type Distribution, distributionOf } from "./distribution.ts";
import { type Goodput, goodputOf } from "./goodput.ts";
import { interTokenDistribution } from "./inter-token.ts";
import { loadgenRates, promptTokenRate, type Rates, timelineRates } from "./rates.ts";
import { elapsed, goodRequests, hadReasoning, pick, sum, timePerOutputToken } from "./requests.ts";

/** Where token counts come from. */
export type TokenCountSource = "usage" | "token-ids" | "tokenizer" | "events";

/** FlexBench's own figures over the good requests. A value that was not measured is null, never 0. */
export interface Metrics {
  /** LoadGen's own figure where it has one and no request failed, else FlexBench's over the good requests. */
  samplesPerSecond: number | null;
  /** As `samplesPerSecond`. */
  tokensPerSecond: number | null;
  /** Prompt tokens of the good requests over the same time as `tokensPerSecond`. */
  promptTokensPerSecond: number | null;
  /** Output tokens of all good requests. */
  outputTokens: number;
  /** From LoadGen's schedule to the first token. */
  ttftNs: Distribution | null;
  /** From LoadGen's schedule to the first token that was no reasoning; null when no request had reasoning. */
  answerTtftNs: Distribution | null;
  /** (last token − first token) / (tokens − 1), per request. */
  tpotNs: Distribution | null;
  /** Gaps between events that carried tokens. */
  itlNs: Distribution | null;
  /** From LoadGen's schedule to completion. */
  latencyNs: Distribution | null;
  /** From the moment of sending to the first token. */
  serviceTtftNs: Distribution | null;
  /** Requests within both limits: share of those issued, and rate. */
  goodput: Goodput | null;
  /** Where token counts come from. */
  tokenCountSource: TokenCountSource | null;
}

/** What a timeline does not say about itself. */
export interface SummaryContext {
  scenario: Scenario;
  /** What LoadGen logged about the same test; null when it did not get that far. */
  loadgen: LoadgenResult | null;
  /** Limits that goodput is judged by; null for none. */
  limits: LatencyLimits | null;
  /** Gap histograms of the workers. */
  gaps: readonly GapHistogram[];
  tokenCountSource: TokenCountSource | null;
}

/** Summarises a performance test over its good requests. Percentiles are LoadGen's: see `percentile`. */
export function summarise(timeline: Timeline, context: SummaryContext): Metrics {
  const good = goodRequests(timeline);
  const { samplesPerSecond, tokensPerSecond } = ratesOf(timeline, good, context);
  return {
    samplesPerSecond,
    tokensPerSecond,
    promptTokensPerSecond: promptTokenRate(timeline, good, context.scenario),
    outputTokens: outputTokensOf(timeline, good),
    ttftNs: distributionOf(elapsed(timeline, good, "scheduledNs", "firstTokenNs")),
    answerTtftNs: hadReasoning(timeline, good)
      ? distributionOf(elapsed(timeline, good, "scheduledNs", "firstAnswerTokenNs"))
      : null,
    tpotNs: distributionOf(timePerOutputToken(timeline, good).map(Math.round)),
    itlNs: interTokenDistribution(context.gaps),
    latencyNs: distributionOf(elapsed(timeline, good, "scheduledNs", "completedNs")),
    serviceTtftNs: distributionOf(elapsed(timeline, good, "sentNs", "firstTokenNs")),
    goodput: context.limits === null ? null : goodputOf(timeline, context.limits, samplesPerSecond),
    tokenCountSource: context.tokenCountSource,
  };
}

/** Figures of a run that timed nothing: an accuracy test is no measurement of speed. Null: not even that was begun. */
export function countTokensOnly(
  timeline: Timeline | null,
  tokenCountSource: TokenCountSource | null,
): Metrics {
  return {
    samplesPerSecond: null,
    tokensPerSecond: null,
    promptTokensPerSecond: null,
    outputTokens: timeline === null ? 0 : outputTokensOf(timeline, goodRequests(timeline)),
    ttftNs: null,
    answerTtftNs: null,
    tpotNs: null,
    itlNs: null,
    latencyNs: null,
    serviceTtftNs: null,
    goodput: null,
    tokenCountSource,
  };
}

function outputTokensOf(timeline: Timeline, rows: Uint32Array): number {
  return sum(pick(timeline.columns.outputTokens, rows).filter((tokens) => !Number.isNaN(tokens)));
}

/** LoadGen counts failed requests as answers, so its rates stand only for a run without failures that came to its end. */
function ratesOf(timeline: Timeline, good: Uint32Array, { scenario, loadgen }: SummaryContext): Rates {
  const own = timelineRates(timeline, good, scenario);
  if (loadgen === null || loadgen.validity === null || good.length < timeline.length) return own;
  const official = loadgenRates(loadgen);
  return {
    samplesPerSecond: official.samplesPerSecond ?? own.samplesPerSecond,
    tokensPerSecond: official.tokensPerSecond ?? own.tokensPerSecond,
  };
}
