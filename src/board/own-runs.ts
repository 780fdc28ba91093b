import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { UsageError } from "../errors.ts";
import { recordSchemaName } from "../results/record-schema.ts";
import { runFiles } from "../results/store.ts";

/** A run on disk. */
export interface OwnRun {
  id: string;
  folder: string;
  hasRequests: boolean;
}

/** A sweep on disk, and the runs that are its points. */
export interface OwnSweep {
  id: string;
  file: string;
  runs: string[];
}

/** What stands below some folders. */
export interface OwnResults {
  runs: OwnRun[];
  sweeps: OwnSweep[];
}

const sweepFile = "sweep.json";
const deepest = 4;

/** Finds runs and sweeps at and below folders, newest first. Throws UsageError `BOARD_RUNS` for a folder that cannot be read. */
export async function findOwnResults(folders: readonly string[]): Promise<OwnResults> {
  const found: OwnResults = { runs: [], sweeps: [] };
  for (const folder of folders) {
    const there = await stat(folder).catch(() => null);
    if (there?.isDirectory() !== true)
      throw new UsageError("BOARD_RUNS", [{ where: "--runs", message: `${folder} is no folder` }]);
    await search(folder, 0, found);
  }
  const newestFirst = (one: { id: string }, other: { id: string }) => (one.id > other.id ? -1 : 1);
  return { runs: found.runs.toSorted(newestFirst), sweeps: found.sweeps.toSorted(newestFirst) };
}

async function search(folder: string, depth: number, found: OwnResults): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.map(({ name }) => name);
  if (names.includes(runFiles.record)) {
    const id = await idOfRecord(join(folder, runFiles.record));
    if (id !== null) found.runs.push({ id, folder, hasRequests: names.includes(runFiles.requests) });
    return;
  }
  const before = found.runs.length;
  if (depth < deepest)
    for (const entry of entries)
      if (entry.isDirectory() && !entry.name.includes(".partial"))
        await search(join(folder, entry.name), depth + 1, found);
  if (names.includes(sweepFile))
    found.sweeps.push({
      id: basename(folder),
      file: join(folder, sweepFile),
      runs: found.runs.slice(before).map(({ id }) => id),
    });
}

async function idOfRecord(path: string): Promise<string | null> {
  try {
    const { schema, id } = JSON.parse(await readFile(path, "utf8")) as { schema?: unknown; id?: unknown };
    return schema === recordSchemaName && typeof id === "string" ? id : null;
  } catch {
    return null;
  }
}
