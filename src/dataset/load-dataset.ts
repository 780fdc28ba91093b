import { statSync } from "node:fs";
import { basename, extname } from "node:path";
import { z } from "zod";
import { FlexBenchError, UsageError } from "../errors.ts";
import { type Hub, openHub } from "../hub/open-hub.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { builtinDatasets } from "./builtin-datasets.ts";
import { invalidOptions } from "./check-options.ts";
import type { Dataset, DatasetModule, DatasetRequest } from "./define-dataset.ts";
import { bareName, dataExtension, fileExtensions, filesOfFolder, localFile, rowsOf } from "./file.ts";
import { withoutCompression } from "./file-bytes.ts";
import { openHubDataset, parseHubName } from "./hub-dataset.ts";
import { hubPresets } from "./hub-presets.ts";
import { loadRows } from "./load-rows.ts";
import type { RowSource } from "./row-source.ts";
import { type KnownRules, nothingKnown, sampleRules } from "./sample-rules.ts";
import { selectSamples } from "./select-samples.ts";
import { type DatasetSelection, everySample } from "./selection.ts";
import {
  checkModuleValue,
  importUserModule,
  invalidModule,
  isFile,
  isInstalledPackage,
  isModuleName,
  moduleExtensions,
  pathNotFound,
  reasonOf,
  splitArgument,
} from "./user-module.ts";

const callable = <Value>() =>
  z.custom<Value>((value) => typeof value === "function", "it must be a function");

const moduleSchema: z.ZodType<DatasetModule> = z.object(
  {
    name: z.string("it must be text").min(1, "it is empty"),
    description: z.string("it must be text"),
    load: callable<DatasetModule["load"]>(),
  },
  "it must be an object, as defineDataset returns it",
);

const sampleCount = z.int("it must be a whole number").min(0, "it must not be negative");

const datasetSchema: z.ZodType<Dataset> = z.object(
  {
    name: z.string("it must be text").min(1, "it is empty"),
    size: sampleCount,
    performanceSampleCount: sampleCount,
    source: z.string("it must be text"),
    sha256: z.string("it must be text or null").nullable(),
    metric: z.string("it must be text").exactOptional(),
    sample: callable<Dataset["sample"]>(),
  },
  "it must be a dataset object",
);

/** What a dataset is loaded with; what is left out is as it is without the options of the command line. */
export interface DatasetLoading {
  /** Seed for everything random. */
  seed: number;
  /** Output token limit of the run, or null. */
  maxTokens: number | null;
  /** Options of the dataset's own. */
  options: Readonly<Record<string, string>>;
  /** Null or absent: nothing can be told about lengths in tokens. */
  tokenizer?: Tokenizer | null;
  selection?: Partial<DatasetSelection>;
  /** Absent: opened when a Hub dataset is named. */
  hub?: Hub;
}

/**
 * Loads a dataset by built-in name, file or folder, path of an ES module, installed package, or Hub id
 * (`owner/name@split#config`); built-ins and modules take `name:argument`. Paths are relative to the working folder.
 * Throws a UsageError `DATASET_NOT_FOUND`, `DATASET_FORMAT_UNKNOWN`, `DATASET_EMPTY`, `DATASET_TOO_SMALL`,
 * `DATASET_ROW_INVALID`, `DATASET_OPTION_INVALID`, `DATASET_SPLIT_UNKNOWN`, `DATASET_MODULE_INVALID`,
 * `DATASET_LOAD_FAILED`, `PROMPT_TEMPLATE_INVALID` or `TOKENIZER_NEEDED`, and what the Hub throws.
 */
export async function loadDataset(spec: string, loading: DatasetLoading): Promise<Dataset> {
  const selection = { ...everySample, ...loading.selection };
  checkTokenizer(selection, loading.tokenizer ?? null);
  const rows = await findRows(spec, selection, loading);
  if (rows !== null) {
    const { known, metric, ...reading } = rows;
    const rules = sampleRules(selection, loading.options, known, loading.tokenizer ?? null);
    // A limit that the user gave holds for all samples.
    const limited = loading.maxTokens === null ? rules : { ...rules, maxTokens: null };
    const { samples, shuffle } = selection;
    const { name, source } = reading;
    const plan = { name, source, rules: limited, samples, shuffle, seed: loading.seed };
    const dataset = await loadRows(reading.rows(), plan);
    return metric === null ? dataset : { ...dataset, metric };
  }
  checkRowOptions(spec, selection);
  const { name, argument } = splitArgument(spec);
  const request: DatasetRequest = {
    argument,
    seed: loading.seed,
    maxTokens: loading.maxTokens,
    options: loading.options,
    samples: hasLengthLimits(selection) ? null : selection.samples,
    tokenizer: loading.tokenizer ?? null,
  };
  const builtin = builtinDatasets.find((module) => module.name === name);
  const dataset = builtin === undefined ? await loadModule(name, request) : await builtin.load(request);
  return selectSamples(dataset, { ...selection, seed: loading.seed, tokenizer: request.tokenizer });
}

/** Rows that are there to be read, and what is known of them. */
interface FoundRows {
  name: string;
  source: string;
  known: KnownRules;
  metric: string | null;
  rows(): RowSource;
}

/** The files that a spec names, on this machine or on the Hub; null for built-ins and modules that are code. */
async function findRows(
  spec: string,
  selection: DatasetSelection,
  loading: DatasetLoading,
): Promise<FoundRows | null> {
  const local = localRows(spec);
  if (local !== null) return { ...local, known: nothingKnown, metric: null };
  const preset = hubPresets.find(({ name }) => name === spec);
  const named = preset?.hub ?? (isKnownOtherwise(spec) ? null : parseHubName(spec));
  if (named === null) return null;
  const revision = selection.revision ?? preset?.revision ?? null;
  const { rows, source } = await openHubDataset(named, revision, loading.hub ?? openHub());
  return {
    name: preset?.name ?? named.name,
    source,
    known: preset ?? nothingKnown,
    metric: preset?.metric ?? null,
    rows: () => rows,
  };
}

/** A file, or a folder with an optional `@split`; null when the spec cannot mean one. */
function localRows(spec: string): Pick<FoundRows, "name" | "source" | "rows"> | null {
  // A file name may hold a colon, so the whole is tried first.
  const { name, argument } = isFile(spec) ? { name: spec, argument: "" } : splitArgument(spec);
  const extension = dataExtension(name);
  if (extension !== null && !isFolder(name)) {
    if (!isFile(name)) throw pathNotFound(name, "dataset");
    if (argument !== "") {
      throw new UsageError("DATASET_OPTION_INVALID", [{ where: spec, message: "a file takes no argument" }]);
    }
    return { name: bareName(name), source: name, rows: () => rowsOf([localFile(name)], extension) };
  }
  if (isFile(name) && !isModuleName(name)) {
    const isPickle = /\.(pkl|pickle)$/.test(withoutCompression(name));
    const message = `files with the ending "${extname(name)}" are not read`;
    const known = `Known: ${[...fileExtensions, ...moduleExtensions].join(", ")}.`;
    throw new UsageError("DATASET_FORMAT_UNKNOWN", [{ where: name, message }], {
      hint: isPickle ? "A pickle may hold code: convert it once with scripts/convert-pickle.py." : known,
    });
  }
  const [, folder = spec, split = null] = /^(.+?)(?:@([\w.-]+))?$/.exec(spec) ?? [];
  const place = isFolder(spec) ? { folder: spec, split: null } : { folder, split };
  // A package may be a folder of the same name beside it; only a path says that the folder is meant.
  if (!isFolder(place.folder) || builtinDatasets.some((module) => module.name === spec)) return null;
  return {
    name: basename(place.folder),
    source: spec,
    rows: () => {
      const { paths, extension: common } = filesOfFolder(place.folder, place.split);
      return rowsOf(paths.map(localFile), common);
    },
  };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Whether a name that looks like one of the Hub's is a path or an installed package. */
function isKnownOtherwise(spec: string): boolean {
  return isModuleName(splitArgument(spec).name) || isInstalledPackage(spec);
}

/** Then nobody knows how many samples must be made to keep so many. */
function hasLengthLimits({ minInputTokens, maxInputTokens, truncate }: DatasetSelection): boolean {
  return minInputTokens !== null || (maxInputTokens !== null && !truncate);
}

/** Length limits cannot be held without a tokenizer. */
function checkTokenizer(
  { minInputTokens, maxInputTokens, truncate }: DatasetSelection,
  tokenizer: Tokenizer | null,
): void {
  if (tokenizer !== null || (minInputTokens === null && maxInputTokens === null && !truncate)) return;
  const given = { "--min-input-tokens": minInputTokens, "--max-input-tokens": maxInputTokens };
  const flags = Object.entries(given).flatMap(([flag, value]) => (value === null ? [] : [flag]));
  const where = flags[0] ?? "--truncate";
  throw new UsageError("TOKENIZER_NEEDED", [{ where, message: "it needs --tokenizer, to count tokens" }], {
    hint: "Give the model's own, as a folder or a Hub id.",
  });
}

/** Columns and templates are for rows; other datasets make their prompts themselves. */
function checkRowOptions(spec: string, { columns, promptTemplate, revision }: DatasetSelection): void {
  const given = [
    Object.keys(columns).length > 0 ? "--column" : null,
    promptTemplate === null ? null : "--prompt-template",
    revision === null ? null : "--dataset-revision",
  ].filter((flag) => flag !== null);
  if (given.length === 0) return;
  const message = `the dataset ${spec} makes its samples itself; this is for files and datasets of the Hub`;
  throw invalidOptions(given.map((where) => ({ where, message })));
}

async function loadModule(name: string, request: DatasetRequest): Promise<Dataset> {
  const builtinNames = [...builtinDatasets, ...hubPresets].map((module) => module.name);
  const exported = await importUserModule(name, "dataset", builtinNames);
  const module = checkModuleValue(exported, moduleSchema, "dataset", name);
  const loaded = await calling(name, () => module.load(request));
  const dataset = checkModuleValue(loaded, datasetSchema, "dataset", `${name}, load()`);
  if (dataset.size === 0) {
    throw new UsageError("DATASET_EMPTY", [{ where: name, message: "it holds no samples" }]);
  }
  if (dataset.performanceSampleCount < 1 || dataset.performanceSampleCount > dataset.size) {
    const message = `it must be from 1 to the size, ${dataset.size}, but it is ${dataset.performanceSampleCount}`;
    throw invalidModule("dataset", [{ where: `${name}, load(), performanceSampleCount`, message }]);
  }
  return dataset;
}

async function calling(name: string, load: () => Promise<Dataset> | Dataset): Promise<unknown> {
  try {
    return await load();
  } catch (cause) {
    if (cause instanceof FlexBenchError) {
      throw cause;
    }
    const message = `its load function threw: ${reasonOf(cause)}`;
    throw new UsageError("DATASET_LOAD_FAILED", [{ where: name, message }], { cause });
  }
}
