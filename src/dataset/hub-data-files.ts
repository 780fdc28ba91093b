import { parse } from "yaml";
import { z } from "zod";
import { dataExtension } from "./file.ts";
import { globPattern } from "./glob.ts";

/** The files that hold one split of one configuration of a dataset. */
export interface SplitFiles {
  config: string;
  split: string;
  /** Shards, in order; all with the same ending. */
  paths: readonly string[];
}

const defaultConfig = "default";

const paths = z.union([z.string(), z.array(z.string())]).transform((given) => [given].flat());
const cardSchema = z.object({
  configs: z.array(
    z.object({
      config_name: z.coerce.string().default(defaultConfig),
      data_files: z.union([
        paths.transform((path) => [{ split: "train", path }]),
        z.array(z.object({ split: z.coerce.string(), path: paths })),
      ]),
      data_dir: z.string().optional(),
    }),
  ),
});

/** Splits as the dataset's card (README.md) lists them under `configs`; null when it lists none that can be read. */
export function splitsOfCard(card: string, files: readonly string[]): SplitFiles[] | null {
  const [, header] = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---/.exec(card) ?? [];
  if (header === undefined) return null;
  let content: unknown;
  try {
    content = parse(header);
  } catch {
    // A broken card is no reason not to look at the files themselves.
    return null;
  }
  const checked = cardSchema.safeParse(content);
  if (!checked.success) return null;
  const splits = checked.data.configs.flatMap(({ config_name, data_files, data_dir }) =>
    data_files.map(({ split, path }) => {
      const patterns = path.map((glob) => globPattern(data_dir === undefined ? glob : `${data_dir}/${glob}`));
      const matching = files.filter((file) => patterns.some((pattern) => pattern.test(file)));
      return { config: config_name, split, paths: ofOneFormat(matching) };
    }),
  );
  const readable = splits.filter((split) => split.paths.length > 0);
  return readable.length === 0 ? null : readable;
}

const splitWords = new Map(
  Object.entries({
    train: ["train", "training"],
    validation: ["validation", "valid", "val", "dev"],
    test: ["test", "testing", "eval", "evaluation"],
  }).flatMap(([split, words]) => words.map((word): [string, string] => [word, split])),
);

/** Splits by the names of files and folders, for datasets whose card says nothing. */
export function splitsByName(files: readonly string[]): SplitFiles[] {
  const data = ofOneFormat(files.filter((file) => !/(^|\/)(\.|README|dataset_infos?\.json$)/.test(file)));
  const groups = new Map<string, { config: string; split: string; paths: string[] }>();
  for (const path of data) {
    const place = { config: configByName(path), split: splitByName(path) };
    const key = JSON.stringify(place);
    const group = groups.get(key) ?? { ...place, paths: [] };
    group.paths.push(path);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Splits of the branch of Parquet files that the Hub itself makes: `config/split/0000.parquet`. */
export function splitsOfConvertedFiles(files: readonly string[]): SplitFiles[] {
  const groups = new Map<string, { config: string; split: string; paths: string[] }>();
  for (const path of files.filter((file) => file.endsWith(".parquet")).toSorted()) {
    const [config = "", split = "", ...rest] = path.split("/");
    if (rest.length !== 1) continue;
    const key = `${config}/${split}`;
    const group = groups.get(key) ?? { config, split, paths: [] };
    group.paths.push(path);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/**
 * The split that is asked for, or why there is none. Without a config, `default` or the only one is meant; without a
 * split, the only one.
 */
export function chooseSplit(
  splits: readonly SplitFiles[],
  config: string | null,
  split: string | null,
): SplitFiles | { problem: string } {
  const configs = [...new Set(splits.map((candidate) => candidate.config))];
  const implied = configs.length === 1 ? configs[0] : configs.find((name) => name === defaultConfig);
  const chosenConfig = config ?? implied;
  if (chosenConfig === undefined) {
    return { problem: `it has the configurations ${listed(configs)}; add one as #${configs[0]}` };
  }
  const ofConfig = splits.filter((candidate) => candidate.config === chosenConfig);
  if (ofConfig.length === 0) {
    return { problem: `it has no configuration "${chosenConfig}", but ${listed(configs)}` };
  }
  const names = ofConfig.map((candidate) => candidate.split);
  if (split === null) {
    const [only] = ofConfig;
    if (only !== undefined && ofConfig.length === 1) return only;
    return { problem: `it has the splits ${listed(names)}; add one as @${names[0]}` };
  }
  const found = ofConfig.find((candidate) => candidate.split === split);
  return found ?? { problem: `it has no split "${split}", but ${listed(names)}` };
}

/** Most names that a message lists. */
const mostListed = 20;

function listed(names: readonly string[]): string {
  const more = names.length - mostListed;
  return `${names.slice(0, mostListed).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Files of the format that is best to read: Parquet before all others, then the one of the first file. */
function ofOneFormat(files: readonly string[]): string[] {
  const readable = files.filter((file) => dataExtension(file) !== null).toSorted();
  const extensions = readable.map(dataExtension);
  const chosen = extensions.includes(".parquet") ? ".parquet" : extensions[0];
  return readable.filter((file) => dataExtension(file) === chosen);
}

function splitByName(path: string): string {
  const parts = path.split("/").toReversed();
  const [file = ""] = parts;
  const [, shardOf] = /^(.+?)-\d{5}-of-\d{5}/.exec(file) ?? [];
  for (const part of parts) {
    const words = part.toLowerCase().split(/[^a-z]+/);
    const known = words.flatMap((word) => splitWords.get(word) ?? []);
    if (known[0] !== undefined) return known[0];
  }
  return shardOf ?? "train";
}

/** The folder, unless it only says that there are data in it, or which split. */
function configByName(path: string): string {
  const folders = path.split("/").slice(0, -1);
  return (
    folders.find((folder) => folder !== "data" && !splitWords.has(folder.toLowerCase())) ?? defaultConfig
  );
}
