import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Problem, UsageError } from "../errors.ts";
import { readRequests } from "../results/requests-parquet.ts";
import { readRecord, runFiles } from "../results/store.ts";
import { type ComparedRun, type Comparison, compareSides } from "./comparison.ts";

/**
 * Compares runs that are finished, each a side of its own; every path is the folder of a run or its record. Throws
 * UsageError with every path that holds no run.
 */
export async function compareFolders(paths: readonly string[]): Promise<Comparison> {
  const problems: Problem[] = [];
  const runs: { name: string; folder: string; run: ComparedRun }[] = [];
  const names = sideNames(paths);
  for (const [index, path] of paths.entries()) {
    try {
      const folder = (await isFile(path)) ? dirname(path) : path;
      runs.push({ name: names[index] ?? path, folder, run: await readRun(folder) });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0)
    throw new UsageError("COMPARE_UNREADABLE", problems, { hint: "Give the folders of runs." });
  const sides = runs.map(({ name, run }) => ({ name, runs: [run] }));
  return {
    ...compareSides(sides, { paired: false }),
    sides: runs.map(({ name, folder, run }) => ({ name, runs: [run.record.id], folders: [folder] })),
  };
}

/** The record and the requests of the run in `folder`. */
export async function readRun(folder: string): Promise<ComparedRun> {
  const record = await readRecord(folder);
  return { record, timeline: await readRequests(join(folder, runFiles.requests)) };
}

/** The last part of each path, or the whole path where that is not enough. */
function sideNames(paths: readonly string[]): string[] {
  const short = paths.map((path) => basename(path));
  const isUnique = new Set(short).size === paths.length && !short.includes(runFiles.record);
  return isUnique ? short : [...paths];
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
