import { copyFile, mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UsageError } from "../errors.ts";
import { type Hub, type HubOptions, openHub } from "../hub/open-hub.ts";
import { sendToHub } from "../hub/send-to-hub.ts";
import { type DatasetDiff, diffDatasets } from "./diff-datasets.ts";
import { datasetFiles } from "./forms/write-forms.ts";
import { readDataset } from "./read-dataset.ts";
import type { Row } from "./row.ts";

/** What was pulled. */
export interface PulledDataset {
  /** Commit of the repository. */
  commit: string;
  files: string[];
}

/** What a publication changes, and its commit; null where nothing was sent. */
export interface Publication {
  diff: DatasetDiff;
  commit: string | null;
}

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
 * Sends a built dataset to a repository of the Hub as one commit, and says what it changes there; the token comes from the
 * environment (`HF_TOKEN`). With `dryRun`, and where no row changes, nothing is sent.
 */
export async function publishDataset(
  folder: string,
  repository: string,
  { title, dryRun, ...options }: HubOptions & { title: string; dryRun: boolean },
): Promise<Publication> {
  const rows = await readDataset(folder);
  const diff = diffDatasets(await publishedRows(openHub(options), repository), rows);
  const isSame = diff.added.length + diff.removed.length + diff.changed.length === 0;
  if (dryRun || isSame) return { diff, commit: null };
  const files = await Promise.all(
    Object.values(datasetFiles).map(async (path) => ({
      path,
      content: new Blob([await readFile(join(folder, path))]),
    })),
  );
  const commit = await sendToHub(
    { type: "dataset", name: repository, files, title },
    { what: "dataset", where: "dataset repository" },
    options,
  );
  return { diff, commit };
}

/** Rows that are there now; none in a repository without a dataset. */
async function publishedRows(hub: Hub, repository: string): Promise<Row[]> {
  const found = await hub.revision({ type: "dataset", name: repository });
  if (!found.files.some(({ path }) => path === datasetFiles.jsonLines)) return [];
  return readDataset(await hub.file(found, datasetFiles.jsonLines));
}
