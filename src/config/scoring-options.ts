import type { RunOptionKey } from "./run-options.ts";

/** Options of a run that decide how its answers are scored: the metric, and all that makes the dataset what it was. */
export const scoringOptions = [
  "metric",
  "metricCommand",
  "metricTimeout",
  "accuracyTarget",
  "benchmark",
  "dataset",
  "datasetOption",
  "datasetRevision",
  "column",
  "promptTemplate",
  "samples",
  "shuffle",
  "minInputTokens",
  "maxInputTokens",
  "truncate",
  "tokenizer",
  "modelModule",
  "seed",
] as const satisfies readonly RunOptionKey[];

/** Key of one of them. */
export type ScoringOption = (typeof scoringOptions)[number];
