import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UsageError } from "../errors.ts";
import { type Hub, type HubOptions, openHub } from "../hub/open-hub.ts";
import type { HubRevision } from "../hub/repository.ts";
import { sendToHub } from "../hub/send-to-hub.ts";
import { tagOnHub } from "../hub/tag-on-hub.ts";
import { type DatasetDiff, diffDatasets } from "./diff-datasets.ts";
import { datasetFiles } from "./forms/dataset-files.ts";
import { readDataset, readDatasetLines } from "./read-dataset.ts";
import type { Row } from "./row.ts";
import { validateDataset } from "./validate/validate.ts";

/** What was pulled. */
export interface PulledDataset {
  /** Commit of the repository. */
  commit: string;
  files: string[];
}

/** What a publication would change there. */
export interface PublicationPlan {
  repository: string;
  diff: DatasetDiff;
  /** Rows that are there now. */
  rowsThere: number;
  /** Commit that is there now. */
  commitThere: string;
  /** Files whose bytes are others there, or that are not there. */
  files: { path: string; content: Uint8Array }[];
}

/** Largest share of the rows there that a publication removes without being told to. */
const greatestRemoval = 0.01;

/**
 * Copies a dataset of the Hub, or of a commit or tag of it, into a folder.
 * Throws as the Hub does, and UsageError `DATASET_NOT_THERE` when the repository holds none.
 */
export async function pullDataset(
  repository: string,
  folder: string,
  { revision, ...options }: HubOptions & { revision?: string } = {},
): Promise<PulledDataset> {
  const hub = openHub(options);
  const found = await hub.revision({
    type: "dataset",
    name: repository,
    ...(revision === undefined ? {} : { revision }),
  });
  const known: readonly string[] = Object.values(datasetFiles);
  const names = found.files.map(({ path }) => path).filter((path) => known.includes(path));
  if (!names.includes(datasetFiles.jsonLines))
    throw new UsageError("DATASET_NOT_THERE", [
      { where: repository, message: `holds no ${datasetFiles.jsonLines}` },
    ]);
  for (const name of names) {
    const target = join(folder, name);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(await hub.file(found, name), target);
  }
  return { commit: found.commit, files: names };
}

/**
 * Says what a built dataset would change in a repository of the Hub; nothing is sent. Throws UsageError `DATASET_INVALID`
 * with the findings when it does not hold, and as `readDataset` and the Hub do.
 */
export async function planPublication(
  folder: string,
  repository: string,
  options: HubOptions = {},
): Promise<PublicationPlan> {
  const rows = await validRows(folder);
  const hub = openHub(options);
  const there = await hub.revision({ type: "dataset", name: repository });
  const before = await rowsAt(hub, there);
  const contents = await Promise.all(
    Object.values(datasetFiles).map(async (path) => ({ path, content: await readFile(join(folder, path)) })),
  );
  return {
    repository,
    diff: diffDatasets(before, rows),
    rowsThere: before.length,
    commitThere: there.commit,
    files: contents.filter(({ path, content }) => !isThere(there, path, content)),
  };
}

/**
 * Refuses a publication that would take away more rows than one in a hundred of those there, or than `allowed`. Throws
 * UsageError `DATASET_REMOVES_ROWS`.
 */
export function refuseRemovals(
  { repository, diff, rowsThere }: PublicationPlan,
  allowed: number | null = null,
): void {
  const removed = diff.removed.length;
  if (removed <= (allowed ?? Math.floor(greatestRemoval * rowsThere))) return;
  throw new UsageError(
    "DATASET_REMOVES_ROWS",
    [{ where: repository, message: `${removed} of its ${rowsThere} rows would be removed` }],
    { hint: `Is a source missing? \`--allow-removals ${removed}\` sends it all the same.` },
  );
}

/**
 * Sends the files that differ, as one commit, and gives it a tag where there is one; the token comes from the environment
 * (`HF_TOKEN`). Returns the commit; null where nothing differs: a tag is given to the commit that is there. Throws as
 * `sendToHub` and `tagOnHub` do.
 */
export async function sendPublication(
  { repository, files, commitThere }: PublicationPlan,
  { title, tag = null, ...options }: HubOptions & { title: string; tag?: string | null },
): Promise<string | null> {
  const commit =
    files.length === 0
      ? null
      : await sendToHub(
          {
            ...{ type: "dataset", name: repository, title },
            files: files.map(({ path, content }) => ({ path, content: new Blob([Buffer.from(content)]) })),
          },
          { what: "dataset", where: "dataset repository" },
          options,
        );
  if (tag !== null) await tagOnHub({ name: repository, commit: commit ?? commitThere, tag }, options);
  return commit;
}

async function validRows(folder: string): Promise<Row[]> {
  const rows = await readDatasetLines(folder);
  const errors = validateDataset(rows).filter(({ severity }) => severity === "error");
  if (errors.length === 0) return await readDataset(folder);
  throw new UsageError(
    "DATASET_INVALID",
    errors.map(({ id, check, message }) => ({ where: `${folder} ${id}`, message: `${check}: ${message}` })),
    { hint: "Nothing was sent. `flexbench dataset validate` lists warnings as well." },
  );
}

/** Rows that are there now; none in a repository without a dataset. */
async function rowsAt(hub: Hub, there: HubRevision): Promise<Row[]> {
  if (!there.files.some(({ path }) => path === datasetFiles.jsonLines)) return [];
  return readDataset(await hub.file(there, datasetFiles.jsonLines));
}

/** Whether the Hub has these bytes under a path: it names content by its SHA-256, or by the id of the git blob. */
function isThere({ files }: HubRevision, path: string, content: Uint8Array): boolean {
  const file = files.find((candidate) => candidate.path === path);
  if (file === undefined) return false;
  const hash = file.isLfs ? createHash("sha256") : createHash("sha1").update(`blob ${content.byteLength}\0`);
  return file.etag === hash.update(content).digest("hex");
}
