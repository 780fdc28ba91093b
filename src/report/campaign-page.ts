import { join } from "node:path";
import { runFiles } from "../results/store.ts";
import { writeWhole } from "../results/write-whole.ts";
import { buildPage } from "./build-page.ts";
import { campaignRuns } from "./campaign-runs.ts";

/** Writes the one page of a campaign's runs into its folder; null while there is nothing to show. */
export async function campaignPage(campaign: string): Promise<string | null> {
  if ((await campaignRuns(campaign)).length === 0) return null;
  const page = join(campaign, runFiles.report);
  await writeWhole(page, await buildPage([campaign]));
  return page;
}
