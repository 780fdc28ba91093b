import type { Scenario } from "../loadgen/settings.ts";

/** Summary of a distribution; times in ns. */
export interface Distribution {
  min: number;
  mean: number;
  max: number;
  p50: number;
  p90: number;
  p95: number;
  p97: number;
  p99: number;
  p999: number;
}

/** What LoadGen said: its own figures and verdict, read from its logs and never changed. */
export interface LoadgenResult {
  version: string;
  sourceSha256: string;
  scenario: Scenario;
  mode: "performance" | "accuracy";
  /** LoadGen's verdict; null for an accuracy test, which has none. */
  validity: "VALID" | "INVALID" | null;
  invalidReasons: string[];
  /** Error lines of the detail log. */
  errors: string[];
  /** Warning lines of the detail log. */
  warnings: string[];
  /** Every `result_*`, `effective_*`, `requested_*`, `early_stopping_*` and `generated_*` key of the detail log. */
  summary: Record<string, unknown>;
}

/** FlexBench's own figures over the good requests. */
export interface Metrics {
  samplesPerSecond: number | null;
  tokensPerSecond: number | null;
  promptTokensPerSecond: number | null;
  outputTokens: number;
  /** From LoadGen's schedule to the first token. */
  ttftNs: Distribution | null;
  /** (last token − first token) / (tokens − 1), per request. */
  tpotNs: Distribution | null;
  /** Gaps between events that carried tokens. */
  itlNs: Distribution | null;
  /** From LoadGen's schedule to completion. */
  latencyNs: Distribution | null;
  /** From the moment of sending to the first token. */
  serviceTtftNs: Distribution | null;
  /** Requests within both limits: share of those issued, and rate. */
  goodput: { share: number; samplesPerSecond: number } | null;
  /** Where token counts come from. */
  tokenCountSource: "usage" | "token-ids" | "tokenizer" | "events" | null;
}

export interface RequestCounts {
  issued: number;
  completed: number;
  failed: number;
  byError: { code: string; count: number; example: string }[];
  finishReasons: Record<string, number>;
}

/** Was the stimulus what was asked for, and was the client up to it? */
export interface ClientReport {
  cpuSeconds: number;
  cpuUsPerToken: number | null;
  rssBytes: number;
  workers: number;
  /** From LoadGen's schedule to the moment of sending. */
  dispatchDelayNs: Distribution | null;
  eventLoopDelayNs: { p50: number; p99: number; max: number };
  stimulus: {
    /** Coefficient of variation of the gaps between arrivals; 1 for Poisson. */
    cv: number | null;
    /** Lag-1 autocorrelation of those gaps; 0 for Poisson. */
    lag1: number | null;
    /** Variance over mean of arrival counts in windows; 1 for Poisson. */
    dispersion: number | null;
    askedQps: number | null;
    deliveredQps: number | null;
  };
  /** True when the client itself was the bottleneck. */
  saturated: boolean;
  /** Why, as one sentence each; null when not saturated. */
  why: string | null;
}

/** How a run ended. Only `valid` and `invalid` are verdicts. */
export type RunState = "valid" | "invalid" | "failed" | "aborted";

/** One run, whole: schema `flexbench.run/1`. A value that was not measured is null, never 0. */
export interface RunRecord {
  schema: "flexbench.run/1";
  id: string;
  state: RunState;
  /** Why the state is `failed`, `aborted` or `invalid`, in plain words, each with what to change. */
  reasons: { reason: string; remedy: string | null }[];
  /** True when the server was the built-in simulator. */
  simulated: boolean;
  startedAt: string;
  endedAt: string;
  flexbench: { version: string; commit: string | null };
  loadgen: LoadgenResult | null;
  metrics: Metrics;
  requests: RequestCounts;
  client: ClientReport | null;
  /** Figures of the accuracy test; null when none was run. */
  accuracy: AccuracyReport | null;
  energy: null;
  cost: null;
  serverMetrics: null;
  model: { name: string; module: string };
  dataset: {
    name: string;
    source: string;
    sha256: string | null;
    size: number;
    performanceSampleCount: number;
  };
  endpoints: { url: string; requests: number; failed: number }[];
  server: { name: string | null; version: string | null; maxModelLength: number | null };
  system: { hostname: string; os: string; cpu: string; cores: number; memoryBytes: number; node: string };
  config: Record<string, unknown>;
  /** "not verified by MLCommons", always. */
  label: string;
}

/** What an accuracy test gave. */
export interface AccuracyReport {
  samples: number;
  metrics: Record<string, number>;
  target: Record<string, number>;
  /** Null when the dataset has no target. */
  passed: boolean | null;
  /** What LoadGen's accuracy log holds. */
  payload: "token-ids" | "text";
  loadgen: LoadgenResult;
}
