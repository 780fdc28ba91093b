import { loadRunConfig, type RunConfigSources } from "../../config/load-run-config.ts";
import type { RunConfig } from "../../config/run-config.ts";
import { variableOf } from "../../config/run-options.ts";
import { type Problem, UsageError } from "../../errors.ts";
import { readConcurrencyPoints, readQpsPoints } from "../load-points.ts";
import { planSweep, type SweepSettings } from "../plan-sweep.ts";
import { type Cell, type Measure, titleOf } from "./cell.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Stands for the address of a server that is not started yet. */
const laterEndpoint = "http://127.0.0.1:1";

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
      const { qps, concurrency, coolDownNs } = measure;
      const points = concurrency === null ? readQpsPoints(qps ?? "auto") : readConcurrencyPoints(concurrency);
      if ("problem" in points)
        throw new UsageError("CAMPAIGN_INVALID", [{ where: "measure", message: points.problem }]);
      return { task: { kind: concurrency === null ? "qps" : "concurrency", points }, repeats: 1, coolDownNs };
    }
  }
}

/** Throws UsageError with every problem of every cell, each told once, with the first cell that has it. */
export function checkCells(cells: readonly Cell[], environment: Environment): void {
  const found = new Map<string, Problem>();
  for (const cell of cells) {
    try {
      const endpoint = cell.server === null ? null : laterEndpoint;
      const config = cellConfig(cell, { endpoint, seed: 0, output: null }, environment);
      const sweepSettings = sweepSettingsOf(cell.measure);
      if (sweepSettings !== null) planSweep(config, sweepSettings);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      for (const { where, message } of error.problems) {
        const key = `${where}: ${message}`;
        if (!found.has(key)) found.set(key, { where: `cell ${titleOf(cell)}: ${where}`, message });
      }
    }
  }
  if (found.size > 0)
    throw new UsageError("CAMPAIGN_INVALID", [...found.values()], {
      hint: "`flexbench run --help` lists every option of a run.",
    });
}
