import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { ZodType } from "zod";
import { type Problem, UsageError } from "../errors.ts";
import { resultsFolder } from "../results/store.ts";

/** What a campaign is called where its folder is no good. */
export interface CampaignName {
  /** Begins the codes of its errors, e.g. `SWEEP`. */
  code: string;
  /** E.g. `sweep`. */
  noun: string;
}

/** An identifier of a campaign that begins now: `<UTC time>-<noun>-<six hex digits>`. */
export function campaignId({ noun }: CampaignName): string {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return `${time}-${noun}-${randomBytes(3).toString("hex")}`;
}

/** Where a campaign stands, absolute; by default in `flexbench-results`. */
export function campaignPath(output: string | null, id: string): string {
  return resolve(output ?? join(resultsFolder, id));
}

/** What stands in a folder; nothing where there is none. Throws UsageError when it cannot be read. */
export async function entriesOf(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return [];
    throw new UsageError(
      "OUTPUT_NOT_A_FOLDER",
      [{ where: "--output", message: `${path} cannot be read (${reasonOf(cause)})` }],
      { hint: "Choose another folder.", cause },
    );
  }
}

/** Creates a folder with those above it. Throws UsageError. */
export async function createFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw new UsageError(
      "OUTPUT_NOT_WRITABLE",
      [{ where: "--output", message: `${path} cannot be written to (${reasonOf(cause)})` }],
      { hint: "Choose a folder that you may write to.", cause },
    );
  }
}

/** Throws UsageError where a folder that is no campaign's yet holds files of somebody else. */
export function refuseForeign(path: string, others: readonly string[], { noun }: CampaignName): void {
  if (others.length === 0) return;
  throw new UsageError(
    "OUTPUT_NOT_EMPTY",
    [{ where: "--output", message: `${path} exists already and holds no ${noun}.` }],
    { hint: "Choose another folder or leave --output out; FlexBench overwrites nothing." },
  );
}

/** Throws UsageError with everything in which the plan that stands in a folder differs from the one that is asked for. */
export function refuseOtherPlan(path: string, earlier: object, asked: object, name: CampaignName): void {
  const problems = [...differences("", plain(earlier), plain(asked))];
  if (problems.length > 0) {
    throw new UsageError(`${name.code}_OTHER_PLAN`, problems, {
      hint: `${path} holds a ${name.noun} of another plan: give the same options again to continue it, or another --output.`,
    });
  }
}

/** Writes JSON so that at any moment there is the old file or the new one, whole. */
export async function writeJson(file: string, content: object): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  const handle = await open(temporary, "w");
  try {
    await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}

/** Whether `entry` is a file that `writeJson` was killed over. */
export function isRemainOf(file: string, entry: string): boolean {
  return entry.startsWith(`${file}.`);
}

/** Reads what `writeJson` wrote. Throws UsageError when it is not there or does not keep to its schema. */
export async function readJson<Content>(
  file: string,
  schema: ZodType<Content>,
  { code, noun }: CampaignName,
): Promise<Content> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw new UsageError(
      `${code}_UNREADABLE`,
      [{ where: file, message: `cannot be read (${reasonOf(cause)})` }],
      { hint: `Give the folder of a ${noun}.`, cause },
    );
  }
  const checked = schema.safeParse(content);
  if (checked.success) return checked.data;
  throw new UsageError(
    `${code}_BROKEN`,
    checked.error.issues.map(({ path, message }) => ({ where: `${file}: ${path.join(".")}`, message })),
    { hint: "Read it with the version of FlexBench that wrote it." },
  );
}

/** Removes files and folders, such as runs that were cut off. */
export async function removeRemains(path: string, entries: readonly string[]): Promise<void> {
  for (const entry of entries) {
    // The test of a campaign that was killed a moment ago may still write its last words there.
    await rm(join(path, entry), { recursive: true, force: true, maxRetries: 5 });
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

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
