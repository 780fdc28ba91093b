import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { titleOf } from "../campaign/matrix/cell.ts";
import { knownCells } from "../campaign/matrix/known-cells.ts";
import { cellResults } from "../campaign/matrix/results.ts";
import { runFiles } from "../results/store.ts";

/** A run, a sweep or a search of a campaign, under the labels of its cell. */
export interface CampaignRun {
  name: string;
  folder: string;
}

/** What was measured in a campaign so far. Throws UsageError for what cannot be read. */
export async function campaignRuns(campaign: string): Promise<CampaignRun[]> {
  const results = await cellResults(campaign, await knownCells(campaign));
  const titles = results.map(({ cell, labels }) => titleOf({ id: cell, labels }));
  return results.flatMap(({ cell, folders }, index) => {
    const title = titles[index] ?? cell;
    // Rounds of a search measure the same settings for longer.
    const isUnique = titles.indexOf(title) === titles.lastIndexOf(title);
    return folders
      .map((run) => ({ folder: join(campaign, run), run: basename(run) }))
      .filter(({ folder }) => isMeasured(folder))
      .map(({ folder, run }, _, all) => ({
        folder,
        name: [title, ...(isUnique ? [] : [cell]), ...(all.length === 1 ? [] : [run])].join(", "),
      }));
  });
}

function isMeasured(folder: string): boolean {
  return existsSync(join(folder, runFiles.record)) || existsSync(join(folder, "sweep.json"));
}
