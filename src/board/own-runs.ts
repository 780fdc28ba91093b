import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { UsageError } from "../errors.ts";
import { recordSchemaName } from "../results/record-schema.ts";
import { runFiles } from "../results/store.ts";

/** A run on disk. */
export interface OwnRun {
  /** Its own id, or the name of its folder where that is none; a name of a file in any case, and the only one of its kind. */
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
    const told = await idOfRecord(join(folder, runFiles.record));
    if (told === null) return;
    const id = fileName(told, folder, found.runs);
    found.runs.push({ id, folder, hasRequests: names.includes(runFiles.requests) });
    return;
  }
  const before = found.runs.length;
  if (depth < deepest)
    for (const entry of entries)
      if (entry.isDirectory() && !entry.name.includes(".partial"))
        await search(join(folder, entry.name), depth + 1, found);
  if (names.includes(sweepFile))
    found.sweeps.push({
      id: fileName(basename(folder), folder, found.sweeps),
      file: join(folder, sweepFile),
      runs: found.runs.slice(before).map(({ id }) => id),
    });
}

const longestName = 150;

/**
 * A name under which a run can lie in a folder of others: a record comes from elsewhere, and what it calls itself may be a path
 * that leads out of the board.
 */
function fileName(told: string, folder: string, others: readonly { id: string }[]): string {
  const isName = /^\w[\w.+-]*$/.test(told) && told.length <= longestName;
  const name = isName ? told : `run-${basename(folder).replaceAll(/[^\w.+-]/g, "-")}`.slice(0, longestName);
  const taken = new Set(others.map(({ id }) => id));
  let free = name;
  for (let copy = 2; taken.has(free); copy += 1) free = `${name}-${copy}`;
  return free;
}

async function idOfRecord(path: string): Promise<string | null> {
  try {
    const { schema, id } = JSON.parse(await readFile(path, "utf8")) as { schema?: unknown; id?: unknown };
    return schema === recordSchemaName && typeof id === "string" ? id : null;
  } catch {
    return null;
  }
}
