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

/** Target QPS against the embedded server, which two cores can serve. */
export const embeddedServerTargetQps = 2;
