import type { RunSettings } from "./run-schema.ts";

/** What holds where the user says nothing. Durations in ns; the seed is the same for every run, so that runs repeat. */
export const runDefaults = {
  dataset: "synthetic",
  scenario: "server",
  mode: "performance",
  duration: 60_000_000_000,
  minQueries: 100,
  percentile: 99,
  timeout: 600_000_000_000,
  metricTimeout: 600_000_000_000,
  maxErrorRate: 0,
  seed: 42,
  shuffle: false,
  truncate: false,
  insecure: false,
  serverMetrics: true,
  sharedServer: false,
  power: true,
  accelerators: 1,
  submission: false,
  fast: false,
  live: false,
  json: false,
  quiet: false,
  dryRun: false,
} as const satisfies RunSettings;

/** Dataset against the embedded server: it is a real model, so it is asked real questions. */
export const embeddedServerDataset = "prompts";

/** Queries a second against the embedded server where only the scale matters: to size an Offline or Interactive run. */
export const embeddedServerTargetQps = 2;

/**
 * Load of the Server scenario against the embedded server: VALID in little more than a minute on two cores that do other
 * things too. They serve about 130 tokens/s, and this asks for a third of it. At the 90th percentile LoadGen's early
 * stopping lets 10 of 197 queries miss the limits; at the 99th it would need 459 queries of which none does.
 */
export const embeddedServerLoad = { targetQps: 3, minQueries: 200, maxTokens: 16, percentile: 90 } as const;
