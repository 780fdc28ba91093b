import { UsageError } from "../../errors.ts";
import { checkForExecutor } from "../executors/executor-problems.ts";
import { renderedJobs } from "../executors/kubernetes.ts";
import { manifestText } from "../executors/manifest-text.ts";
import { renderedArrays } from "../executors/slurm.ts";
import type { CampaignFile } from "./campaign-file.ts";
import { cellsOf } from "./cells-of-file.ts";
import { jobsFor } from "./conduct.ts";

/**
 * What a campaign would hand over to its cluster, as text; `DIR` stands for its folder. Throws UsageError for a local one,
 * and for what its cluster would refuse.
 */
export function renderCampaign(file: CampaignFile): string {
  const cells = cellsOf(file);
  const jobs = jobsFor(cells);
  const { executor, name, source } = file;
  if (executor.kind === "local")
    throw new UsageError("CAMPAIGN_INVALID", [
      { where: "executor", message: "is local: nothing is handed over" },
    ]);
  checkForExecutor(cells, executor);
  return executor.kind === "slurm"
    ? renderedArrays(name, jobs, executor)
    : manifestText(renderedJobs({ name, source, jobs, cells }, executor));
}
