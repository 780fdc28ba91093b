import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type ContributionOutcome, contributionFile, contributionOf } from "../../openmlperf/contribution.ts";
import { readSystemDescription } from "../../openmlperf/read-system.ts";
import type { PartialRow } from "../../openmlperf/row.ts";
import { readRecord, runFiles } from "../../results/store.ts";
import { cellFolderOf, runFolderOf } from "./campaign-state.ts";
import type { Cell } from "./cell.ts";

/** What of a campaign can stand in the Open MLPerf dataset. */
export interface CampaignContribution {
  files: string[];
  /** Why other runs do not, with how many. */
  leftOut: Record<string, number>;
}

/** Writes a contribution for each run that is a result and whose system is known; `flexbench dataset build` takes the folder. */
export async function contribute(
  campaign: string,
  cells: readonly Cell[],
  { system, workingFolder }: { system: string | null; workingFolder: string },
): Promise<CampaignContribution> {
  const description =
    system === null ? null : await readSystemDescription(resolve(workingFolder, system), "CAMPAIGN_SYSTEM");
  const written: CampaignContribution = { files: [], leftOut: {} };
  for (const cell of cells)
    for (const { name } of cell.wishes) {
      const folder = runFolderOf(cellFolderOf(campaign, cell.id), name);
      if (!existsSync(join(folder, runFiles.record))) continue;
      const outcome = contributionOf(await readRecord(folder), description, cell.told as PartialRow);
      if (outcome.state === "refused") {
        const why = whyRefused(outcome);
        written.leftOut[why] = (written.leftOut[why] ?? 0) + 1;
        continue;
      }
      const target = join(campaign, "contributions");
      await mkdir(target, { recursive: true });
      const file = join(target, contributionFile(outcome.contribution));
      await writeFile(file, `${JSON.stringify(outcome.contribution, null, 2)}\n`);
      written.files.push(file);
    }
  return written;
}

function whyRefused({ reasons, missing }: Extract<ContributionOutcome, { state: "refused" }>): string {
  return reasons[0] ?? `not told: ${missing.map(({ column }) => column).join(", ")}`;
}
