import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Problem, UsageError } from "../errors.ts";
import { resultsFolder } from "../results/store.ts";
import { flexbenchVersion } from "../results/version.ts";
import { type SweepPlan, type SweepRecord, sweepSchemaName } from "./sweep-record.ts";
import { sweepSchema } from "./sweep-schema.ts";

const sweepFile = "sweep.json";
const runsFolder = "points";

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
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const id = `${time}-sweep-${randomBytes(3).toString("hex")}`;
  const path = resolve(output ?? join(resultsFolder, id));
  const entries = await entriesOf(path);
  if (entries.includes(sweepFile)) {
    const record = await readSweep(path);
    refuseOtherPlan(path, record.plan, plan);
    await removeRemains(path, record);
    return { path, record, resumed: true };
  }
  // A sweep that was killed before its first write leaves its temporary file at most.
  const others = entries.filter((entry) => !entry.startsWith(`${sweepFile}.`));
  if (others.length > 0) {
    throw new UsageError(
      "OUTPUT_NOT_EMPTY",
      [{ where: "--output", message: `${path} exists already and holds no sweep.` }],
      { hint: "Choose another folder or leave --output out; FlexBench overwrites nothing." },
    );
  }
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
  await createFolder(path);
  await writeSweep(path, record);
  return { path, record, resumed: false };
}

/** Folder of a run, relative to that of its sweep. */
export function runFolderOf(name: string): string {
  return join(runsFolder, name);
}

/** Writes `sweep.json` so that at any moment there is the old or the new one, whole. */
export async function writeSweep(folder: string, record: SweepRecord): Promise<void> {
  const file = join(folder, sweepFile);
  const temporary = `${file}.${process.pid}`;
  const handle = await open(temporary, "w");
  try {
    await handle.writeFile(`${JSON.stringify(record, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}

/** Reads a sweep; `path` is its folder. Throws UsageError when there is none or it does not keep to its schema. */
export async function readSweep(path: string): Promise<SweepRecord> {
  const file = join(path, sweepFile);
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError("SWEEP_UNREADABLE", [{ where: file, message: `cannot be read (${reason})` }], {
      hint: "Give the folder of a sweep.",
      cause,
    });
  }
  const checked = sweepSchema.safeParse(content);
  if (checked.success) return checked.data;
  throw new UsageError(
    "SWEEP_BROKEN",
    checked.error.issues.map(({ path: field, message }) => ({
      where: `${file}: ${field.join(".")}`,
      message,
    })),
    { hint: "Read it with the version of FlexBench that wrote it." },
  );
}

async function entriesOf(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return [];
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(
      "OUTPUT_NOT_A_FOLDER",
      [{ where: "--output", message: `${path} cannot be read (${reason})` }],
      {
        hint: "Choose another folder.",
        cause,
      },
    );
  }
}

async function createFolder(path: string): Promise<void> {
  try {
    await mkdir(join(path, runsFolder), { recursive: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(
      "OUTPUT_NOT_WRITABLE",
      [{ where: "--output", message: `${path} cannot be written to (${reason})` }],
      { hint: "Choose a folder that you may write to.", cause },
    );
  }
}

function refuseOtherPlan(path: string, earlier: SweepPlan, asked: SweepPlan): void {
  const problems = [...differences("", plain(earlier), plain(asked))];
  if (problems.length > 0) {
    throw new UsageError("SWEEP_OTHER_PLAN", problems, {
      hint: `${path} holds a sweep of another plan: give the same options again to continue it, or another --output.`,
    });
  }
}

/** As it stands in a file: what JSON does not know is gone. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function* differences(where: string, earlier: unknown, asked: unknown): Generator<Problem> {
  if (isDeepStrictEqual(earlier, asked)) return;
  if (!isMapping(earlier) || !isMapping(asked)) {
    yield { where, message: `was ${JSON.stringify(earlier)} and is now ${JSON.stringify(asked)}` };
    return;
  }
  for (const key of new Set([...Object.keys(earlier), ...Object.keys(asked)]))
    yield* differences(where === "" ? key : `${where}.${key}`, earlier[key] ?? null, asked[key] ?? null);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Files and runs that were cut off, and runs that are whole but were not noted any more: those are run again. */
async function removeRemains(path: string, { runs }: SweepRecord): Promise<void> {
  const noted = new Set(runs.map(({ folder }) => folder));
  const runEntries = (await entriesOf(join(path, runsFolder))).map((entry) => join(runsFolder, entry));
  const temporary = (await entriesOf(path)).filter((entry) => entry.startsWith(`${sweepFile}.`));
  for (const entry of [...runEntries.filter((run) => !noted.has(run)), ...temporary]) {
    // The test of a sweep that was killed a moment ago may still write its last words there.
    await rm(join(path, entry), { recursive: true, force: true, maxRetries: 5 });
  }
}
