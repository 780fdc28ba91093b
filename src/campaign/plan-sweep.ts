import { maskedConfig } from "../config/masked-config.ts";
import type { RunConfig } from "../config/run-config.ts";
import { type Problem, UsageError } from "../errors.ts";
import { queriesNeeded } from "../loadgen/early-stopping.ts";
import type { LoadPoints } from "./load-points.ts";
import type { SweepPlan } from "./sweep-record.ts";

/** What a sweep is asked to do: points in the open loop, points in the closed loop, or the highest VALID rate. */
export type SweepTask =
  | { kind: "qps"; points: LoadPoints }
  | { kind: "concurrency"; points: LoadPoints }
  | { kind: "find-max"; resolution: number; confirmations: number; trialQueries: number | null };

/** Settings of a sweep beside those of its runs. */
export interface SweepSettings {
  task: SweepTask;
  /** Runs at each point. */
  repeats: number;
  /** Pause between two runs. */
  coolDownNs: number;
}

/** Over-latency queries that a full trial can see and still be VALID: fewer, and one burst of arrivals decides. */
const leastOverLatency = 10;

/** With so many queries times 1 / resolution, the verdict of one full trial is about as sharp as the resolution. */
const queriesTimesResolution = 250;

/** Fixes what a sweep does. Throws UsageError with everything that does not fit together. */
export function planSweep(config: RunConfig, { task, repeats, coolDownNs }: SweepSettings): SweepPlan {
  refuseMisfits(config, task);
  const points = task.kind === "find-max" ? null : task.points;
  const { output: _, ...options } = maskedConfig(config);
  return {
    kind: task.kind,
    loads: points !== null && "loads" in points ? points.loads : null,
    autoPoints: points !== null && "auto" in points ? points.auto : null,
    repeats,
    coolDownNs,
    search:
      task.kind === "find-max"
        ? {
            resolution: task.resolution,
            confirmations: task.confirmations,
            trialQueries: task.trialQueries ?? defaultTrialQueries(task.resolution, config.percentile / 100),
          }
        : null,
    config: options,
  };
}

/** Queries of a full trial where the user does not say. */
export function defaultTrialQueries(resolution: number, fraction: number): number {
  return Math.max(Math.ceil(queriesTimesResolution / resolution), queriesNeeded(leastOverLatency, fraction));
}

function refuseMisfits(config: RunConfig, task: SweepTask): void {
  const problems: Problem[] = [];
  const { scenario, mode, minQueries, percentile } = config;
  const isOpenLoop = scenario === "server" || scenario === "interactive";
  if (mode !== "performance")
    problems.push({ where: "--mode", message: `must be performance in a sweep, not ${mode}` });
  if (task.kind === "concurrency") {
    if (config.given.includes("scenario") && scenario !== "offline")
      problems.push({ where: "--scenario", message: `must be offline with --concurrency, not ${scenario}` });
    if (config.given.includes("connections"))
      problems.push({ where: "--connections", message: "contradicts --concurrency, which sets it" });
  } else {
    if (!isOpenLoop)
      problems.push({
        where: "--scenario",
        message: `must be server or interactive in a sweep of rates, not ${scenario}`,
      });
    if (task.kind === "qps" && config.given.includes("targetQps"))
      problems.push({ where: "--target-qps", message: "contradicts --qps, which sets it" });
  }
  if (task.kind === "find-max" && task.trialQueries !== null) {
    const least = queriesNeeded(1, percentile / 100);
    if (task.trialQueries < least)
      problems.push({
        where: "--trial-queries",
        message: `must be at least ${least}, without which LoadGen gives no VALID at the ${percentile}th percentile`,
      });
  }
  if (task.kind === "find-max" && config.given.includes("minQueries")) {
    const least = queriesNeeded(0, percentile / 100);
    if (minQueries < least)
      problems.push({
        where: "--min-queries",
        message: `must be at least ${least}, without which LoadGen gives no VALID at the ${percentile}th percentile`,
      });
  }
  if (problems.length > 0) throw new UsageError("SWEEP_INVALID", problems);
}
