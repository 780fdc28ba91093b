import { join } from "node:path";
import { flexbenchVersion } from "../results/version.ts";
import {
  type CampaignName,
  campaignId,
  campaignPath,
  createFolder,
  entriesOf,
  isRemainOf,
  readJson,
  refuseForeign,
  refuseOtherPlan,
  removeRemains,
  writeJson,
} from "./campaign-folder.ts";
import { type SweepPlan, type SweepRecord, sweepSchemaName } from "./sweep-record.ts";
import { sweepSchema } from "./sweep-schema.ts";

const sweepFile = "sweep.json";
const runsFolder = "points";
const name: CampaignName = { code: "SWEEP", noun: "sweep" };

/** A sweep on disk: `sweep.json`, and a folder for each run. */
export interface SweepFolder {
  /** Absolute. */
  path: string;
  record: SweepRecord;
  /** True when an earlier sweep goes on here. */
  resumed: boolean;
}

/**
 * Opens the folder of a sweep, by default a new one in `flexbench-results`. One that holds a sweep of the same plan is
 * continued; runs that were cut off in it are removed. Throws UsageError when it holds another plan or other files.
 */
export async function openSweepFolder(output: string | null, plan: SweepPlan): Promise<SweepFolder> {
  const id = campaignId(name);
  const path = campaignPath(output, id);
  const entries = await entriesOf(path);
  if (entries.includes(sweepFile)) {
    const record = await readSweep(path);
    refuseOtherPlan(path, record.plan, plan, name);
    await removeCutOff(path, record);
    return { path, record, resumed: true };
  }
  // A sweep that was killed before its first write leaves its temporary file and an empty folder at most.
  const runs = await entriesOf(join(path, runsFolder));
  refuseForeign(
    path,
    entries.filter((entry) => !isRemainOf(sweepFile, entry) && !(entry === runsFolder && runs.length === 0)),
    name,
  );
  const record: SweepRecord = {
    schema: sweepSchemaName,
    id,
    state: "running",
    startedAt: new Date().toISOString(),
    endedAt: null,
    flexbench: flexbenchVersion(),
    plan,
    capacity: null,
    runs: [],
    summary: null,
    search: null,
  };
  await createFolder(join(path, runsFolder));
  await writeSweep(path, record);
  return { path, record, resumed: false };
}

/** Folder of a run, relative to that of its sweep. */
export function runFolderOf(run: string): string {
  return join(runsFolder, run);
}

/** Writes `sweep.json` so that at any moment there is the old or the new one, whole. */
export async function writeSweep(folder: string, record: SweepRecord): Promise<void> {
  await writeJson(join(folder, sweepFile), record);
}

/** Reads a sweep; `path` is its folder. Throws UsageError when there is none or it does not keep to its schema. */
export async function readSweep(path: string): Promise<SweepRecord> {
  return readJson(join(path, sweepFile), sweepSchema, name);
}

/** Files and runs that were cut off, and runs that are whole but were not noted any more: those are run again. */
async function removeCutOff(path: string, { runs }: SweepRecord): Promise<void> {
  const noted = new Set(runs.map(({ folder }) => folder));
  const runEntries = (await entriesOf(join(path, runsFolder))).map((entry) => join(runsFolder, entry));
  await removeRemains(path, [
    ...runEntries.filter((run) => !noted.has(run)),
    ...(await entriesOf(path)).filter((entry) => isRemainOf(sweepFile, entry)),
  ]);
}
