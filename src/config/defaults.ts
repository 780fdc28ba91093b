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
  maxErrorRate: 0,
  seed: 42,
  insecure: false,
  json: false,
  quiet: false,
  dryRun: false,
} as const satisfies RunSettings;

/** Dataset against the embedded server: it is a real model, so it is asked real questions. */
export const embeddedServerDataset = "prompts";

/** Queries a second against the embedded server where only the scale matters: to size an Offline or Interactive run. */
export const embeddedServerTargetQps = 2;

/**
 * Load of the Server scenario against the embedded server, which comes to a VALID result on two cores in a minute and a
 * half. LoadGen's early stopping at the 99th percentile needs 459 queries that keep the limits, so 500 leave room for
 * one or two that do not. Two cores serve about 130 tokens/s; 5 queries/s of 16 tokens leave a third of that spare, for a machine that does other things too.
 */
export const embeddedServerLoad = { targetQps: 5, minQueries: 500, maxTokens: 16 } as const;
