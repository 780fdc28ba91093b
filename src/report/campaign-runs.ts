import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { campaignResults } from "../campaign/matrix/campaign-results.ts";
import { readOwnFile } from "../campaign/matrix/campaign-state.ts";
import { titleOf } from "../campaign/matrix/cell.ts";
import type { CellResult } from "../campaign/matrix/results.ts";
import { shareWords } from "../campaign/matrix/share-words.ts";
import { runFiles } from "../results/store.ts";

/** A run, a sweep or a search of a campaign, under the labels of its cell. */
export interface CampaignRun {
  name: string;
  folder: string;
}

/** What was measured in a campaign so far, in the order of its file. Throws UsageError for what cannot be read. */
export async function campaignRuns(campaign: string): Promise<CampaignRun[]> {
  const { results } = await campaignResults(campaign, await readOwnFile(campaign));
  return results.flatMap((result) => {
    const title = [titleOf({ id: result.cell, labels: result.labels }), ...placeWords(result)].join(", ");
    return result.folders
      .map((run) => ({ folder: join(campaign, run), run: basename(run) }))
      .filter(({ folder }) => isMeasured(folder))
      .map(({ folder, run }, _, all) => ({
        folder,
        name: [title, ...(all.length === 1 ? [] : [run])].join(", "),
      }));
  });
}

/** Rounds of a search measure the same settings for longer. */
function placeWords({ search, best }: CellResult): string[] {
  if (search === null) return [];
  const round = `round ${search.round} of ${search.rounds} at ${shareWords(search.share)}`;
  return [round, ...(best ? ["best"] : [])];
}

function isMeasured(folder: string): boolean {
  return existsSync(join(folder, runFiles.record)) || existsSync(join(folder, "sweep.json"));
}
