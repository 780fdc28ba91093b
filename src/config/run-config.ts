import type { ColumnRole } from "./columns.ts";
import type { ServeChoice } from "./serve-choice.ts";

/** Scenarios of the command line; Interactive is LoadGen's Server with the model's interactive limits. */
export type ScenarioName = "server" | "offline" | "single-stream" | "multi-stream" | "interactive";

/** Which tests a run holds. */
export type RunMode = "performance" | "accuracy" | "all";

/** A resolved, checked run: every key has a value, durations are ns, `null` means "not set: decided later". */
export interface RunConfig {
  /** Options that the user gave, by their key here or in the options' table; all others hold defaults. */
  given: string[];
  /** Empty: `serve` is started, or else the embedded default server. */
  endpoints: string[];
  /** Started for the run and stopped after it. */
  serve: ServeChoice | null;
  /** What the server calls the model; null: the only model the server lists. */
  model: string | null;
  /** Name, package or path of a model module; null: chosen by the model's name, else generic. */
  modelModule: string | null;
  /** Tokenizer by path or Hub id. */
  tokenizer: string | null;
  dataset: string;
  datasetOptions: Record<string, string>;
  /** Branch, tag or commit of a Hub dataset. */
  datasetRevision: string | null;
  /** Columns of the dataset by what they stand for; others are recognised by their names. */
  columns: Readonly<Partial<Record<ColumnRole, string>>>;
  /** Text with `{column}` placeholders, or the file that holds it; null: the input column is the prompt. */
  promptTemplate: string | null;
  /** How many samples are taken, after the filters; null: all. */
  samples: number | null;
  /** Whether they are taken in random order, by the seed. */
  shuffle: boolean;
  /** Fewest tokens of a prompt; shorter ones are left out. */
  minInputTokens: number | null;
  /** Most tokens of a prompt; longer ones are left out, or cut where `truncate` says so. */
  maxInputTokens: number | null;
  truncate: boolean;
  /** An official MLPerf benchmark: its folder name in a submission or its conf key; `run` records the conf key. */
  benchmark: string | null;
  /** Every rule of that benchmark holds. */
  submission: boolean;
  /** A rehearsal: all rules but those of duration and number of queries. */
  fast: boolean;
  /** Round of MLPerf Inference that the run is meant for; null: LoadGen's. */
  round: string | null;
  /** Built-in name, package or path of the metric of the accuracy test; null: what suits the benchmark or the dataset. */
  metric: string | null;
  /** Command of the user's that judges the answers. */
  metricCommand: string | null;
  metricTimeoutNs: number;
  /** Least figures of the accuracy test by name. */
  accuracyTargets: Record<string, number>;
  scenario: ScenarioName;
  mode: RunMode;
  targetQps: number | null;
  durationNs: number;
  minQueries: number;
  maxTokens: number | null;
  minTokens: number | null;
  ttftLimitNs: number | null;
  tpotLimitNs: number | null;
  /** 0 < percentile < 100. */
  percentile: number;
  api: "completions" | "chat" | null;
  apiKey: string | null;
  headers: Record<string, string>;
  tlsCa: string | null;
  tlsCert: string | null;
  tlsKey: string | null;
  insecure: boolean;
  /** Whether the servers' metrics are read during the performance test. */
  serverMetrics: boolean;
  /** Addresses of their metrics; empty: `/metrics` of each endpoint. */
  metricsUrls: string[];
  /** Other clients use the servers too. */
  sharedServer: boolean;
  workers: number | null;
  connections: number | null;
  timeoutNs: number;
  maxErrorRate: number;
  userConf: string | null;
  auditConfig: string | null;
  seed: number;
  warmup: number | null;
  /** Whether power is measured during the performance test. */
  power: boolean;
  /** Addresses of power exporters. */
  powerUrls: string[];
  /** Prints the watts of the whole system. */
  powerCommand: string | null;
  /** Regular expression that finds them. */
  powerPattern: string | null;
  /** USD for the whole system. */
  pricePerHour: number | null;
  /** Path of a price book. */
  priceBook: string | null;
  accelerator: string | null;
  accelerators: number;
  output: string | null;
  /** Serve a page of the running run. */
  live: boolean;
  json: boolean;
  quiet: boolean;
  dryRun: boolean;
}
