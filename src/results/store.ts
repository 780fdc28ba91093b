import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { stringify } from "yaml";
import type { ScenarioName } from "../config/run-config.ts";
import { EnvironmentError, UsageError } from "../errors.ts";
import type { RunRecord } from "./record.ts";
import { recordSchema, recordSchemaName } from "./record-schema.ts";

/** Folder of runs that were given no `--output`. */
export const resultsFolder = "flexbench-results";

/** Names of the files of a run. */
export const runFiles = {
  record: "record.json",
  config: "config.yaml",
  requests: "requests.parquet",
  serverMetrics: "server-metrics.parquet",
  power: "power.parquet",
  report: "report.html",
  events: "events.jsonl",
  userConf: "user.conf",
  serverLog: "server.log",
  loadgen: "loadgen",
  loadgenAccuracy: "loadgen-accuracy",
} as const;

/** A run that is being written. It stands under `workPath` until it is committed, so that it is whole or absent. */
export interface RunFolder {
  /** `<UTC time>-<scenario>-<six hex digits>`. */
  id: string;
  /** Where the run will stand; absolute. */
  path: string;
  /** Where it is written until then: a sibling, so that committing is one rename. */
  workPath: string;
  /** Folder for LoadGen's logs, within `workPath`. */
  loadgenPath: string;
}

/**
 * Creates the folder that a run is written to; `output` is where it will stand, by default
 * `flexbench-results/<id>`. Throws UsageError when that is a file, holds files already, or cannot be created.
 */
export async function createRunFolder(output: string | null, scenario: ScenarioName): Promise<RunFolder> {
  const shortId = randomBytes(3).toString("hex");
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const id = `${time}-${scenario}-${shortId}`;
  const path = resolve(output ?? join(resultsFolder, id));
  await refuseTaken(path);
  const workPath = join(dirname(path), `${basename(path)}.partial-${shortId}`);
  const loadgenPath = join(workPath, runFiles.loadgen);
  try {
    await mkdir(loadgenPath, { recursive: true });
  } catch (cause) {
    throw new UsageError(
      "OUTPUT_NOT_WRITABLE",
      [{ where: "--output", message: `${dirname(path)} cannot be written to (${reasonOf(cause)}).` }],
      { hint: "Choose a folder that you may write to.", cause },
    );
  }
  return { id, path, workPath, loadgenPath };
}

/** Gives a run its name; from then on it exists. Throws EnvironmentError when the place was taken meanwhile. */
export async function commitRunFolder({ path, workPath }: RunFolder): Promise<void> {
  try {
    // Replaces an empty folder, never one that holds files.
    await rename(workPath, path);
  } catch (cause) {
    throw new EnvironmentError(
      "OUTPUT_NOT_RENAMED",
      `The run could not be moved to ${path} (${reasonOf(cause)}).`,
      { hint: `It is whole and stands in ${workPath}.`, cause },
    );
  }
}

/** Removes a run that was not committed, and the default folder of runs when it holds no other. */
export async function discardRunFolder({ path, workPath }: RunFolder): Promise<void> {
  await rm(workPath, { recursive: true, force: true });
  if (basename(dirname(path)) !== resultsFolder) return;
  // Not empty: other runs stand there.
  await rmdir(dirname(path)).catch(() => undefined);
}

/** Writes `record.json` into `folder`. */
export async function writeRecord(folder: string, record: RunRecord): Promise<void> {
  await writeFile(join(folder, runFiles.record), `${JSON.stringify(record, null, 2)}\n`);
}

/** Puts another record in the place of a run's; a reader sees the old one or the new one, whole. */
export async function replaceRecord(folder: string, record: RunRecord): Promise<void> {
  const partial = join(folder, `${runFiles.record}.partial`);
  await writeFile(partial, `${JSON.stringify(record, null, 2)}\n`);
  await rename(partial, join(folder, runFiles.record));
}

/** Writes `config.yaml` into `folder`. Secrets must be masked already. */
export async function writeConfig(folder: string, maskedConfig: Record<string, unknown>): Promise<void> {
  await writeFile(join(folder, runFiles.config), stringify(maskedConfig));
}

/**
 * Reads the record of a run; `path` is the run's folder or the record itself. Throws UsageError when there is none, when
 * it is of another schema, and, with every field that is wrong, when it does not keep to its schema.
 */
export async function readRecord(path: string): Promise<RunRecord> {
  const file = (await isFolder(path)) ? join(path, runFiles.record) : path;
  const content = parseRecord(file, await readText(file));
  const schema = schemaNameOf(content);
  if (schema !== recordSchemaName) {
    throw new UsageError(
      "RECORD_SCHEMA",
      [{ where: file, message: `Its schema is ${schema ?? "not stated"}, not ${recordSchemaName}.` }],
      { hint: "Read it with the version of FlexBench that wrote it." },
    );
  }
  const checked = recordSchema.safeParse(content);
  if (!checked.success) {
    throw new UsageError(
      "RECORD_BROKEN",
      checked.error.issues.map(({ path: field, message }) => ({
        where: `${file}: ${field.join(".")}`,
        message: `${message}.`,
      })),
    );
  }
  return checked.data;
}

async function refuseTaken(path: string): Promise<void> {
  let entries: string[];
  try {
    entries = await readdir(path);
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return;
    const problem = codeOf(cause) === "ENOTDIR" ? "is not a folder" : `cannot be read (${reasonOf(cause)})`;
    throw new UsageError("OUTPUT_NOT_A_FOLDER", [{ where: "--output", message: `${path} ${problem}.` }], {
      hint: "Choose another folder.",
      cause,
    });
  }
  if (entries.length > 0) {
    throw new UsageError(
      "OUTPUT_NOT_EMPTY",
      [{ where: "--output", message: `${path} exists already and is not empty.` }],
      { hint: "Choose another folder or leave --output out; FlexBench overwrites no run." },
    );
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new UsageError(
      "RECORD_MISSING",
      [{ where: file, message: `There is no record (${reasonOf(cause)}).` }],
      { hint: "Give the folder of a run, or its record.json.", cause },
    );
  }
}

function parseRecord(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(
      "RECORD_NOT_JSON",
      [{ where: file, message: `It is not JSON (${reasonOf(cause)}).` }],
      {
        cause,
      },
    );
  }
}

function schemaNameOf(content: unknown): string | null {
  if (typeof content !== "object" || content === null || !("schema" in content)) return null;
  return typeof content.schema === "string" ? content.schema : null;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : null;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
