import { loadRunConfig, type RunConfigSources } from "../../config/load-run-config.ts";
import type { RunConfig } from "../../config/run-config.ts";
import { variableOf } from "../../config/run-options.ts";
import type { SweepSettings } from "../plan-sweep.ts";
import type { Cell, Measure } from "./cell.ts";
import { pointsOf } from "./measure-points.ts";

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Secrets and nothing else come from the environment: all that is measured stands in the campaign's file. */
const variablesThatCount = ["apiKey", "header"] as const;

/** The configuration of a cell's runs on a server. Throws UsageError with everything that is wrong with it. */
export function cellConfig(
  { run, measure }: Pick<Cell, "run" | "measure">,
  { endpoint, seed, output }: { endpoint: string | null; seed: number; output: string | null },
  environment: Environment,
): RunConfig {
  const variables = variablesThatCount.map((key) => variableOf(key));
  const sources: RunConfigSources = {
    flags: {
      ...run,
      ...(endpoint === null ? {} : { endpoint: [endpoint] }),
      seed,
      ...(output === null ? {} : { output }),
      quiet: true,
    },
    env: Object.fromEntries(variables.map((name) => [name, environment[name]])),
    decidedLater: measure.kind === "run" ? [] : ["targetQps"],
  };
  return loadRunConfig(sources);
}

/** The settings of the sweep that a cell is, or null for a plain run. */
export function sweepSettingsOf(measure: Measure): SweepSettings | null {
  switch (measure.kind) {
    case "run":
      return null;
    case "find-max": {
      const { kind, resolution, confirmations, trialQueries, coolDownNs } = measure;
      return { task: { kind, resolution, confirmations, trialQueries }, repeats: 1, coolDownNs };
    }
    case "sweep": {
      const kind = measure.concurrency === null ? "qps" : "concurrency";
      return { task: { kind, points: pointsOf(measure) }, repeats: 1, coolDownNs: measure.coolDownNs };
    }
  }
}
