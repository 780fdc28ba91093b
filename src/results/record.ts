import type { AccuracyScores } from "../accuracy/score-log.ts";
import type { CostReport } from "../cost/cost.ts";
import type { LoadgenResult } from "../loadgen/verdict.ts";
import type { ClientReport } from "../metrics/client-health.ts";
import type { Distribution } from "../metrics/distribution.ts";
import type { RequestCounts } from "../metrics/requests.ts";
import type { Metrics } from "../metrics/summaries.ts";
import type { EnergyReport } from "../telemetry/energy.ts";
import type { ServerMetricsReport } from "../telemetry/server-report.ts";
import type { ServerLaunch } from "./server-launch.ts";

export type { CostReport } from "../cost/cost.ts";
export type { LoadgenResult } from "../loadgen/verdict.ts";
export type { ClientReport } from "../metrics/client-health.ts";
export type { Distribution } from "../metrics/distribution.ts";
export type { RequestCounts } from "../metrics/requests.ts";
export type { Metrics } from "../metrics/summaries.ts";
export type { EnergyReport } from "../telemetry/energy.ts";
export type { ServerMetricsReport } from "../telemetry/server-report.ts";
export type { ServerLaunch } from "./server-launch.ts";

/** How a run ended. Only `valid` and `invalid` are verdicts. */
export type RunState = "valid" | "invalid" | "failed" | "aborted";

/** One endpoint's share of a run; times from LoadGen's schedule, over its good requests. */
export interface EndpointReport {
  url: string;
  requests: number;
  failed: number;
  outputTokens: number;
  ttftNs: Distribution | null;
  latencyNs: Distribution | null;
  /** Nothing could connect to it, and it was given no more requests. */
  takenOut: boolean;
}

/** Which rules of MLPerf a run was made by. */
export interface SubmissionReport {
  /** Round of MLPerf Inference, e.g. `v6.1`. */
  round: string;
  /** Name of the benchmark's folders in a submission, e.g. `llama3.1-8b`. */
  benchmark: string;
  scenario: "Offline" | "Server" | "Interactive" | "SingleStream";
  /** A rehearsal, too short to be submitted. */
  fast: boolean;
  /** The audit that the run is a part of; null for a result of its own. */
  audit: "TEST01" | "TEST04" | "TEST06" | "TEST07" | "TEST09" | null;
}

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
  /** Energy of the performance test; null where nothing told it, then `energyWhy` says why. */
  energy: EnergyReport | null;
  energyWhy: string | null;
  /** Cost of its work; null without a price, then `costWhy` says why. */
  cost: CostReport | null;
  costWhy: string | null;
  /** What the servers' metrics said of it; null where there were none, then `serverMetricsWhy` says why. */
  serverMetrics: ServerMetricsReport | null;
  serverMetricsWhy: string | null;
  model: { name: string; module: string };
  dataset: {
    name: string;
    source: string;
    sha256: string | null;
    size: number;
    performanceSampleCount: number;
  };
  endpoints: EndpointReport[];
  server: {
    name: string | null;
    version: string | null;
    maxModelLength: number | null;
    /** What the server says of how it was started; null where it says nothing. */
    configuration: Record<string, unknown> | null;
    /** How FlexBench started it; null where it did not. */
    launch: ServerLaunch | null;
  };
  system: { hostname: string; os: string; cpu: string; cores: number; memoryBytes: number; node: string };
  config: Record<string, unknown>;
  /** Null when the run was not made by `--submission`. */
  submission: SubmissionReport | null;
  /** "not verified by MLCommons", always. */
  label: string;
}

/** What an accuracy test gave; without a metric it has no figures, and the notes say why. */
export interface AccuracyReport extends Omit<AccuracyScores, "metric" | "logSha256"> {
  metric: string | null;
  logSha256: string | null;
  /** What LoadGen's accuracy log holds. */
  payload: "token-ids" | "text";
  loadgen: LoadgenResult;
}
