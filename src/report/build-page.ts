import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { comparisonFile, readComparison } from "../campaign/comparison-folder.ts";
import { readSweep } from "../campaign/sweep-folder.ts";
import { readRecord } from "../results/store.ts";
import { type ComparedRun, comparisonPage } from "./comparison-page.ts";
import { readRunPageSource } from "./read-run.ts";
import { runPage } from "./run-page.ts";
import { sweepPage } from "./sweep-page.ts";

/**
 * The page for folders of results: of a run, of a sweep, of a comparison of endpoints, or of several runs side by side.
 * Throws UsageError for what cannot be read.
 */
export async function buildPage(folders: readonly string[]): Promise<string> {
  const [only, ...others] = folders;
  if (only !== undefined && others.length === 0) {
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
 * The records of runs, of all points of sweeps and of all runs of comparisons, each under the shortest name that tells it
 * apart. Throws UsageError for what cannot be read.
 */
export async function readComparedRuns(folders: readonly string[]): Promise<ComparedRun[]> {
  const paths: string[] = [];
  for (const folder of folders) {
    paths.push(...(await runFoldersIn(folder)));
  }
  const records = await Promise.all(paths.map((path) => readRecord(path)));
  const names = shortNames(paths);
  return records.map((record, index) => ({
    name: names[index] ?? record.id,
    folder: paths[index] ?? "",
    record,
  }));
}

async function runFoldersIn(folder: string): Promise<string[]> {
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

function shortNames(paths: readonly string[]): string[] {
  const names = paths.map((path) => basename(resolve(path)));
  return new Set(names).size === names.length ? names : [...paths];
}
