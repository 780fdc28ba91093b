import { existsSync } from "node:fs";
import { join } from "node:path";
import { type CellResult, runFoldersOf } from "../campaign/matrix/results.ts";
import { runFiles } from "../results/store.ts";
import { writeWhole } from "../results/write-whole.ts";
import { buildPage } from "./build-page.ts";

/** Writes the one page of a campaign's runs into its folder; null while there is nothing to show. */
export async function campaignPage(campaign: string, results: readonly CellResult[]): Promise<string | null> {
  const folders = runFoldersOf(campaign, results).filter(
    (folder) => existsSync(join(folder, runFiles.record)) || existsSync(join(folder, "sweep.json")),
  );
  if (folders.length === 0) return null;
  const page = join(campaign, runFiles.report);
  await writeWhole(page, await buildPage(folders));
  return page;
}
