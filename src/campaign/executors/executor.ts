import type { Resources } from "../matrix/cell.ts";
import type { ExecutorOverrides } from "./executor-settings.ts";

/** Cells of one server, to be carried out one after the other on one machine, or part of a cluster. */
export interface CampaignJob {
  cells: string[];
  resources: Resources;
  /** What its cells change of the executor's settings; see `settingsFor`. */
  executor: ExecutorOverrides;
  /** GPUs that its server takes on this machine; null: it names its own. */
  localGpus: number | null;
}

/** Where a job is: handed over and not begun, under way, or over, however it ended. */
export type JobLife = "waiting" | "running" | "ended";

/**
 * Who carries out jobs. A job calls `flexbench campaign work DIR …`, which claims each cell, so that a job that is started
 * twice does no harm, and what became of the cells stands in the campaign's folder.
 */
export interface Executor {
  kind: "local" | "slurm" | "kubernetes";
  /** Jobs go on when this process ends. */
  outlivesController: boolean;
  pollNs: number;
  /** Hands jobs over and gives a handle for each, by which it is found again after a restart. */
  submit(jobs: readonly CampaignJob[]): Promise<string[]>;
  /** Handles that are not known any more have ended. */
  livesOf(handles: readonly string[]): Promise<Map<string, JobLife>>;
  /** Ends jobs, and resolves when they are told to. */
  cancel(handles: readonly string[]): Promise<void>;
  /** Brings results here and clears away what is left of the jobs. */
  finish(handles: readonly string[]): Promise<void>;
}
