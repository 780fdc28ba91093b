import { readFile } from "node:fs/promises";
import { FlexBenchError, UsageError } from "../errors.ts";
import type { Hub } from "../hub/open-hub.ts";
import type { HubRevision } from "../hub/repository.ts";
import { dataExtension, fileExtensions, rowsOf } from "./file.ts";
import {
  chooseSplit,
  type SplitFiles,
  splitsByName,
  splitsOfCard,
  splitsOfConvertedFiles,
} from "./hub-data-files.ts";
import type { DataFile, RowSource } from "./row-source.ts";

/** A dataset of the Hub, as `--dataset` names it. */
export interface HubDatasetName {
  /** `owner/name`. */
  name: string;
  split: string | null;
  config: string | null;
}

/** Rows of a Hub dataset, and what they are called in the record: the name with its commit, config and split. */
export interface HubRows {
  rows: RowSource;
  source: string;
}

const hubName = /^([\w-][\w.-]*\/[\w-][\w.-]*)((?:[@#][^@#]+)*)$/;

/** Branch on which the Hub keeps Parquet files of datasets that have none of their own. */
const convertedBranch = "refs/convert/parquet";

/** Reads `owner/name`, with `@split` and `#config` behind in any order; null when it is nothing of the kind. */
export function parseHubName(spec: string): HubDatasetName | null {
  const [, name, marks = ""] = hubName.exec(spec) ?? [];
  if (name === undefined) return null;
  const found = (mark: string) => [...marks.matchAll(/([@#])([^@#]+)/g)].filter(([, sign]) => sign === mark);
  const [splits, configs] = [found("@"), found("#")];
  if (splits.length > 1 || configs.length > 1) return null;
  return { name, split: splits[0]?.[2] ?? null, config: configs[0]?.[2] ?? null };
}

/**
 * Finds the files of a Hub dataset; they are downloaded when their rows are read. Throws a UsageError
 * `DATASET_SPLIT_UNKNOWN` or `DATASET_FORMAT_UNKNOWN`, and what the Hub throws.
 */
export async function openHubDataset(
  { name, split, config }: HubDatasetName,
  revision: string | null,
  hub: Hub,
): Promise<HubRows> {
  const asked = await hub.revision({ type: "dataset", name, ...(revision === null ? {} : { revision }) });
  const { found, splits } = await findSplits(asked, hub, revision);
  const chosen = chooseSplit(splits, config, split);
  if ("problem" in chosen) {
    throw new UsageError("DATASET_SPLIT_UNKNOWN", [{ where: name, message: chosen.problem }], {
      hint: "A dataset of the Hub is named as owner/name@split#config.",
    });
  }
  const files = chosen.paths.map(
    (path): DataFile => ({
      label: `${name}/${path}`,
      path: () => hub.file(found, path),
    }),
  );
  return {
    rows: rowsOf(files, dataExtension(chosen.paths[0] ?? "") ?? ""),
    source: `${name}@${found.commit} (config ${chosen.config}, split ${chosen.split})`,
  };
}

async function findSplits(
  asked: HubRevision,
  hub: Hub,
  revision: string | null,
): Promise<{ found: HubRevision; splits: SplitFiles[] }> {
  const paths = asked.files.map((file) => file.path);
  if (revision === convertedBranch) return { found: asked, splits: splitsOfConvertedFiles(paths) };
  const card = paths.includes("README.md") ? await readFile(await hub.file(asked, "README.md"), "utf8") : "";
  const splits = splitsOfCard(card, paths) ?? splitsByName(paths);
  if (splits.length > 0) return { found: asked, splits };
  // Any other revision has no converted files.
  const converted = revision === null ? await convertedRevision(asked.name, hub) : null;
  const convertedSplits = splitsOfConvertedFiles(converted?.files.map((file) => file.path) ?? []);
  if (converted !== null && convertedSplits.length > 0) return { found: converted, splits: convertedSplits };
  const message = `it holds no file that can be read (${fileExtensions.join(", ")}), and the Hub no Parquet of it`;
  const pickles = paths.filter((path) => /\.(pkl|pickle)(\.gz)?$/.test(path));
  const hint =
    pickles.length === 0
      ? "Convert its data to Parquet or JSON Lines and give the file."
      : `${pickles[0]} is a pickle, which is never read: convert it once, as docs/datasets.md says.`;
  throw new UsageError("DATASET_FORMAT_UNKNOWN", [{ where: asked.name, message }], { hint });
}

async function convertedRevision(name: string, hub: Hub): Promise<HubRevision | null> {
  try {
    return await hub.revision({ type: "dataset", name, revision: convertedBranch });
  } catch (error) {
    const isAbsent =
      error instanceof FlexBenchError &&
      ["HUB_REVISION_UNKNOWN", "HUB_NOT_FOUND", "HUB_OFFLINE_MISSING"].includes(error.code);
    if (isAbsent) return null;
    throw error;
  }
}
