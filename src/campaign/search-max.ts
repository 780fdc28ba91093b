import { join } from "node:path";
import type { RunConfig } from "../config/run-config.ts";
import { RunFailedError } from "../errors.ts";
import { queriesNeeded } from "../loadgen/early-stopping.ts";
import { loadgenNumber } from "../loadgen/verdict.ts";
import type { RunRecord } from "../results/record.ts";
import { readRecord } from "../results/store.ts";
import { findCapacity } from "./capacity.ts";
import { leastAnswered } from "./certain-outcome.ts";
import { findMax, type SearchResult, type TrialRequest } from "./find-max.ts";
import { confirmationConfig, trialConfig } from "./point-configs.ts";
import type { SweepPlan, SweepRun } from "./sweep-record.ts";
import type { SweepSession } from "./sweep-session.ts";

const mostTrials = 80;

/** Where the capacity is known and the limits may be tight, most limits lie above this share of it. */
const startShare = 0.5;

/** Searches the highest VALID rate with real runs; without `--target-qps` it starts at half of the capacity. */
export async function searchMax(
  session: SweepSession,
  config: RunConfig,
  plan: NonNullable<SweepPlan["search"]>,
): Promise<SearchResult> {
  const { record } = session.folder;
  if (!config.given.includes("targetQps")) record.capacity = await findCapacity(session, config);
  const startQps =
    record.capacity === null ? (config.targetQps ?? 1) : Math.max(record.capacity * startShare, 1e-3);
  const { resolution, confirmations, trialQueries } = plan;
  const shortQueries = Math.min(trialQueries, queriesNeeded(1, config.percentile / 100));
  const configOf = ({ qps, length, purpose, index }: TrialRequest): RunConfig => {
    if (purpose === "confirm") return confirmationConfig(config, qps, trialQueries, index);
    return trialConfig(config, qps, length === "short" ? shortQueries : trialQueries, index);
  };
  return findMax({ startQps, resolution, confirmations, mostTrials }, async (trial) => {
    const run = await session.make({
      name: `trial-${String(trial.index + 1).padStart(2, "0")}-${trial.purpose}-qps-${trial.qps}`,
      role: "trial",
      load: trial.qps,
      repeat: 0,
      config: configOf(trial),
      endsEarly: true,
    });
    return isValid(run, () => readRecord(join(session.folder.path, run.folder)));
  });
}

/** A trial that is not VALID for another cause than its load would lead the search astray. */
async function isValid(run: SweepRun, read: () => Promise<RunRecord>): Promise<boolean> {
  if (run.state === "valid") return true;
  if (run.endedEarly) return false;
  const record = await read();
  if (isDueToLoad(record)) return false;
  const [first] = record.reasons;
  throw new RunFailedError(
    "TRIAL_UNUSABLE",
    `${run.name} is ${run.state}, and not for its load: ${first?.reason ?? "no reason was given."}`,
    { hint: first?.remedy ?? `See ${run.folder}/record.json in the folder of the sweep.` },
  );
}

/** INVALID for latencies, or requests that failed among others that did not. */
function isDueToLoad({ state, loadgen, requests }: RunRecord): boolean {
  if (loadgen === null) return false;
  if (state === "failed") return requests.failed > 0 && requests.completed >= leastAnswered * requests.issued;
  const misses = loadgen.summary.result_perf_constraints_met === false;
  const unsure = loadgen.summary.early_stopping_met === false;
  return (misses || unsure) && (loadgenNumber(loadgen, "num_errors") ?? 0) === 0;
}
