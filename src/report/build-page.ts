import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { readSweep } from "../campaign/sweep-folder.ts";
import { readRecord } from "../results/store.ts";
import { type ComparedRun, comparisonPage } from "./comparison-page.ts";
import { readRunPageSource } from "./read-run.ts";
import { runPage } from "./run-page.ts";
import { sweepPage } from "./sweep-page.ts";

/**
 * The page for folders of results: of a run, of a sweep, or of several runs side by side. Throws UsageError for what
 * cannot be read.
 */
export async function buildPage(folders: readonly string[]): Promise<string> {
  const [only, ...others] = folders;
  if (only !== undefined && others.length === 0) {
    return isSweep(only) ? sweepPage(await readSweep(only)) : runPage(await readRunPageSource(only));
  }
  return comparisonPage(await readComparedRuns(folders));
}

/** Whether a folder holds a sweep. */
export function isSweep(folder: string): boolean {
  return existsSync(join(folder, "sweep.json"));
}

/** The records of runs and, of sweeps, of all their points, each under the shortest name that tells it apart. */
export async function readComparedRuns(folders: readonly string[]): Promise<ComparedRun[]> {
  const paths: string[] = [];
  for (const folder of folders) {
    if (!isSweep(folder)) paths.push(folder);
    else {
      const { runs } = await readSweep(folder);
      paths.push(...runs.filter(({ role }) => role !== "probe").map((run) => join(folder, run.folder)));
    }
  }
  const records = await Promise.all(paths.map((path) => readRecord(path)));
  const names = shortNames(paths);
  return records.map((record, index) => ({
    name: names[index] ?? record.id,
    folder: paths[index] ?? "",
    record,
  }));
}

function shortNames(paths: readonly string[]): string[] {
  const names = paths.map((path) => basename(resolve(path)));
  return new Set(names).size === names.length ? names : [...paths];
}
