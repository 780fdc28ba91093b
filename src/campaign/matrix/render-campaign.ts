import { UsageError } from "../../errors.ts";
import { settingsFor } from "../executors/executor-settings.ts";
import { manifestText, renderedJobs } from "../executors/kubernetes.ts";
import { ownFlexbench } from "../executors/program.ts";
import { slurmScript } from "../executors/slurm-script.ts";
import type { CampaignFile } from "./campaign-file.ts";
import { cellsOf } from "./cells-of-file.ts";
import { jobsFor } from "./conduct.ts";

/** What a campaign would hand over to its cluster, as text; `DIR` stands for its folder. Throws UsageError for a local one. */
export function renderCampaign(file: CampaignFile): string {
  const cells = cellsOf(file);
  const jobs = jobsFor(cells);
  const { executor, name } = file;
  if (executor.kind === "kubernetes") return manifestText(renderedJobs(name, jobs, cells, executor));
  if (executor.kind === "local")
    throw new UsageError("CAMPAIGN_INVALID", [
      { where: "executor", message: "is local: nothing is handed over" },
    ]);
  const [first] = jobs;
  if (first === undefined) return "";
  return slurmScript(
    {
      ...{ campaign: "DIR", name, list: "jobs/array.json", tasks: jobs.length },
      ...{
        resources: first.resources,
        flexbench: executor.flexbench === null ? ["flexbench"] : ownFlexbench,
      },
    },
    settingsFor(executor, first.executor),
  );
}
