import { extname } from "node:path";
import { z } from "zod";
import { FlexBenchError, UsageError } from "../errors.ts";
import { builtinDatasets } from "./builtin-datasets.ts";
import type { Dataset, DatasetModule, DatasetRequest } from "./define-dataset.ts";
import { fileFormats, formatOf, loadFile } from "./file.ts";
import {
  checkModuleValue,
  importUserModule,
  invalidModule,
  isFile,
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

/**
 * Loads a dataset by built-in name (`synthetic`, `prompts`), file (.jsonl, .json, .csv, .txt), path of an ES module or
 * installed package; built-ins and modules take `name:argument`. Paths are relative to the working folder.
 * Throws a UsageError `DATASET_NOT_FOUND`, `DATASET_FORMAT_UNKNOWN`, `DATASET_EMPTY`, `DATASET_ROW_INVALID`,
 * `DATASET_OPTION_INVALID`, `DATASET_MODULE_INVALID` or `DATASET_LOAD_FAILED`.
 */
export async function loadDataset(spec: string, request: Omit<DatasetRequest, "argument">): Promise<Dataset> {
  // A file name may hold a colon, so the whole is tried first.
  const { name, argument } = isFile(spec) ? { name: spec, argument: "" } : splitArgument(spec);
  const builtin = builtinDatasets.find((module) => module.name === name);
  if (builtin !== undefined) {
    return builtin.load({ ...request, argument });
  }
  const format = formatOf(name);
  if (format !== null) {
    if (!isFile(name)) {
      throw pathNotFound(name, "dataset");
    }
    if (argument !== "") {
      throw new UsageError("DATASET_OPTION_INVALID", [{ where: spec, message: "a file takes no argument" }]);
    }
    return loadFile(name, format, request.options);
  }
  if (isFile(name) && !isModuleName(name)) {
    const message = `files with the ending "${extname(name)}" are not read`;
    const known = [...fileFormats.map(({ extension }) => extension), ...moduleExtensions].join(", ");
    throw new UsageError("DATASET_FORMAT_UNKNOWN", [{ where: name, message }], { hint: `Known: ${known}.` });
  }
  return loadModule(name, { ...request, argument });
}

async function loadModule(name: string, request: DatasetRequest): Promise<Dataset> {
  const builtinNames = builtinDatasets.map((module) => module.name);
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
