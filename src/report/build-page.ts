import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { comparisonFile, readComparison } from "../campaign/comparison-folder.ts";
import { isCampaign } from "../campaign/matrix/campaign-state.ts";
import { readSweep } from "../campaign/sweep-folder.ts";
import { readRecord } from "../results/store.ts";
import { campaignRuns } from "./campaign-runs.ts";
import { type ComparedRun, comparisonPage } from "./comparison-page.ts";
import { readRunPageSource } from "./read-run.ts";
import { runPage } from "./run-page.ts";
import { sweepPage } from "./sweep-page.ts";

/**
 * The page for folders of results: of a run, of a sweep, of a comparison of endpoints, or of several runs side by side,
 * such as those of a campaign.
 * Throws UsageError for what cannot be read.
 */
export async function buildPage(folders: readonly string[]): Promise<string> {
  const [only, ...others] = folders;
  if (only !== undefined && others.length === 0) {
    if (isCampaign(only)) return comparisonPage(await readComparedRuns([only]));
    if (isSweep(only)) return sweepPage(await readSweep(only));
    if (isComparison(only)) return comparisonPage(await readComparedRuns([only]), await readComparison(only));
    return runPage(await readRunPageSource(only));
  }
  return comparisonPage(await readComparedRuns(folders));
}

/** Whether a folder holds a sweep. */
function isSweep(folder: string): boolean {
  return existsSync(join(folder, "sweep.json"));
}

/** Whether a folder holds a comparison of endpoints that came to its end. */
function isComparison(folder: string): boolean {
  return existsSync(join(folder, comparisonFile));
}

/**
 * The records of runs, of all points of sweeps, and of all runs of comparisons and campaigns, each under the shortest name
 * that tells it apart. Throws UsageError for what cannot be read.
 */
export async function readComparedRuns(folders: readonly string[]): Promise<ComparedRun[]> {
  const runs: NamedFolder[] = [];
  for (const folder of folders) runs.push(...(await runFoldersIn(folder)));
  const records = await Promise.all(runs.map(({ path }) => readRecord(path)));
  const names = shortNames(runs);
  return records.map((record, index) => ({
    name: names[index] ?? record.id,
    folder: runs[index]?.path ?? "",
    record,
  }));
}

/** Folder of a run; `name` is null where the folder's own is enough. */
interface NamedFolder {
  path: string;
  name: string | null;
}

async function runFoldersIn(folder: string): Promise<NamedFolder[]> {
  if (isCampaign(folder)) return runFoldersOfCampaign(folder);
  return (await ownRunFolders(folder)).map((path) => ({ path, name: null }));
}

async function runFoldersOfCampaign(campaign: string): Promise<NamedFolder[]> {
  const named: NamedFolder[] = [];
  for (const { name, folder } of await campaignRuns(campaign)) {
    const paths = await ownRunFolders(folder);
    for (const path of paths)
      named.push({ path, name: paths.length === 1 ? name : `${name}, ${basename(path)}` });
  }
  return named;
}

async function ownRunFolders(folder: string): Promise<string[]> {
  if (isSweep(folder)) {
    const { runs } = await readSweep(folder);
    return runs.filter(({ role }) => role !== "probe").map((run) => join(folder, run.folder));
  }
  if (isComparison(folder)) {
    const { sides } = await readComparison(folder);
    return sides.flatMap(({ folders }) => folders.map((run) => join(folder, run)));
  }
  return [folder];
}

function shortNames(runs: readonly NamedFolder[]): string[] {
  const names = runs.map(({ path, name }) => name ?? basename(resolve(path)));
  return new Set(names).size === names.length ? names : runs.map(({ path }) => path);
}
