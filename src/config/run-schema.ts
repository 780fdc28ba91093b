import { z } from "zod";
import { columns } from "./columns.ts";
import type { RunOptionKey } from "./run-options.ts";
import {
  duration,
  endpoints,
  figures,
  headers,
  longText,
  number,
  oneOf,
  pairs,
  secret,
  text,
  truth,
  wholeNumber,
} from "./run-values.ts";

const readings = {
  endpoint: endpoints,
  api: oneOf(["completions", "chat"]),
  apiKey: secret,
  header: headers,
  tlsCa: text,
  tlsCert: text,
  tlsKey: text,
  insecure: truth,
  model: text,
  modelModule: text,
  tokenizer: text,
  dataset: text,
  datasetOption: pairs,
  datasetRevision: text,
  column: columns,
  promptTemplate: longText,
  samples: wholeNumber(1),
  shuffle: truth,
  minInputTokens: wholeNumber(1),
  maxInputTokens: wholeNumber(1),
  truncate: truth,
  benchmark: text,
  metric: text,
  metricCommand: text,
  metricTimeout: duration,
  accuracyTarget: figures,
  scenario: oneOf(["server", "offline", "single-stream", "multi-stream", "interactive"]),
  mode: oneOf(["performance", "accuracy", "all"]),
  targetQps: number("a number above 0", (value) => value > 0),
  duration,
  minQueries: wholeNumber(1),
  maxTokens: wholeNumber(1),
  minTokens: wholeNumber(1),
  warmup: wholeNumber(0),
  seed: wholeNumber(0),
  userConf: text,
  auditConfig: text,
  ttftLimit: duration,
  tpotLimit: duration,
  percentile: number("above 0 and below 100", (value) => value > 0 && value < 100),
  maxErrorRate: number("a share from 0 to 1 (0.01 is one percent)", (value) => value >= 0 && value <= 1),
  workers: wholeNumber(1),
  connections: wholeNumber(1),
  timeout: duration,
  output: text,
  json: truth,
  quiet: truth,
  dryRun: truth,
} satisfies Record<RunOptionKey, z.ZodType>;

/** What a user may give for each option, and how it is read: durations become ns, URLs lose a final slash. */
export const runSchema = z.object(readings).partial();

/** Options as read; what was not given is absent. */
export type RunSettings = z.output<typeof runSchema>;
