import { availableParallelism } from "node:os";
import type { RunConfig } from "../config/run-config.ts";
import type { RunOptionKey } from "../config/run-options.ts";

/** As short as LoadGen takes it: the number of queries decides. */
const noDurationNs = 1e6;

/** Each run draws three streams of numbers from consecutive seeds. */
const seedsPerRun = 3;

/** The run of one point in the open loop. Each repeat has arrivals of its own. */
export function openLoopConfig(base: RunConfig, qps: number, repeat: number): RunConfig {
  return seeded(changed(base, { targetQps: qps }), repeat);
}

/** A trial of the search that is over after `queries`. */
export function trialConfig(base: RunConfig, qps: number, queries: number, trial: number): RunConfig {
  const short = { targetQps: qps, minQueries: queries, durationNs: noDurationNs };
  return seeded(changed(base, short), trial);
}

/**
 * A trial that confirms the result: as long as the user or the benchmark asks, and `queries` at least. Without a word
 * of theirs the number of queries alone decides.
 */
export function confirmationConfig(base: RunConfig, qps: number, queries: number, trial: number): RunConfig {
  if (isOfficial(base)) return changed(base, { targetQps: qps });
  const durationNs = base.given.includes("duration") ? base.durationNs : noDurationNs;
  const minQueries = base.given.includes("minQueries") ? Math.max(base.minQueries, queries) : queries;
  return seeded(changed(base, { targetQps: qps, minQueries, durationNs }), trial);
}

/** `concurrency` requests under way at once until at least `expectedQps` times the duration of the run are answered. */
export function closedLoopConfig(
  base: RunConfig,
  concurrency: number,
  expectedQps: number,
  repeat: number,
): RunConfig {
  return seeded(changed(closedLoop(base, concurrency), { targetQps: expectedQps }), repeat);
}

/** `samples` requests at once over all the connections that there are, or over `concurrency`. */
export function probeConfig(base: RunConfig, samples: number, concurrency: number | null): RunConfig {
  const probe = { minQueries: samples, durationNs: noDurationNs, targetQps: samples };
  return changed(
    concurrency === null ? { ...base, scenario: "offline" } : closedLoop(base, concurrency),
    probe,
  );
}

function closedLoop(base: RunConfig, concurrency: number): RunConfig {
  const workers = Math.max(1, Math.floor(availableParallelism() / 2));
  return {
    ...base,
    scenario: "offline",
    connections: concurrency,
    workers: Math.min(base.workers ?? workers, concurrency),
  };
}

function isOfficial({ benchmark, userConf }: RunConfig): boolean {
  return benchmark !== null || userConf !== null;
}

/** Official seeds stay as they are. */
function seeded(config: RunConfig, offset: number): RunConfig {
  return isOfficial(config) ? config : changed(config, { seed: config.seed + seedsPerRun * offset });
}

const optionOfField = {
  targetQps: "targetQps",
  minQueries: "minQueries",
  durationNs: "duration",
  seed: "seed",
} as const satisfies Partial<Record<keyof RunConfig, RunOptionKey>>;

/** With other values, as if the user had given them: they win over a conf. */
function changed(config: RunConfig, values: Partial<Pick<RunConfig, keyof typeof optionOfField>>): RunConfig {
  const options = (Object.keys(values) as (keyof typeof optionOfField)[]).map(
    (field) => optionOfField[field],
  );
  return { ...config, ...values, given: [...new Set([...config.given, ...options])] };
}
