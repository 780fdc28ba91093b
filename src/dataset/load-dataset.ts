import { extname } from "node:path";
import { z } from "zod";
import { UsageError } from "../errors.ts";
import { dataFileExtensions, loadDataFile } from "./data-file.ts";
import type { Dataset, DatasetModule, DatasetRequest } from "./define-dataset.ts";
import { prompts } from "./prompts.ts";
import { synthetic } from "./synthetic.ts";
import {
  checkModuleValue,
  importUserModule,
  isFile,
  pathNotFound,
  reasonOf,
  splitArgument,
} from "./user-module.ts";

/** Datasets that come with FlexBench. */
export const builtinDatasets: readonly DatasetModule[] = [prompts, synthetic];

const isFunction = (value: unknown) => typeof value === "function";

const moduleSchema: z.ZodType<DatasetModule> = z.object({
  name: z.string().min(1),
  description: z.string(),
  load: z.custom<DatasetModule["load"]>(isFunction, "must be a function"),
});

const datasetSchema: z.ZodType<Dataset> = z.object({
  name: z.string().min(1),
  size: z.number().int().min(0),
  performanceSampleCount: z.number().int().min(0),
  source: z.string(),
  sha256: z.string().nullable(),
  sample: z.custom<Dataset["sample"]>(isFunction, "must be a function"),
});

/**
 * Loads a dataset: a built-in (`synthetic`, `synthetic:uniform:20-80`), a file (.jsonl, .json, .csv, .txt), a path to a
 * module, or an installed package; modules take `NAME:ARGUMENT` too.
 * Throws UsageError `DATASET_NOT_FOUND`, `DATASET_EMPTY`, `DATASET_MODULE_INVALID`, `DATASET_ROW_INVALID`, ….
 */
export async function loadDataset(spec: string, request: Omit<DatasetRequest, "argument">): Promise<Dataset> {
  const { name, argument } = splitArgument(spec);
  const builtin = builtinDatasets.find((module) => module.name === name);
  if (builtin) return checked(await builtin.load({ ...request, argument }), spec);
  if (dataFileExtensions.includes(extname(spec))) {
    if (!isFile(spec)) throw pathNotFound(spec, "dataset");
    return checked(await loadDataFile(spec, request), spec);
  }
  const names = builtinDatasets.map((module) => module.name);
  const module = checkModuleValue(
    await importUserModule(name, "dataset", names),
    moduleSchema,
    "dataset",
    name,
  );
  return checked(await loadFrom(module, { ...request, argument }, name), spec);
}

async function loadFrom(module: DatasetModule, request: DatasetRequest, where: string): Promise<Dataset> {
  let dataset: unknown;
  try {
    dataset = await module.load(request);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(
      "DATASET_LOAD_FAILED",
      [{ where, message: `its load function threw: ${reasonOf(cause)}` }],
      {
        cause,
      },
    );
  }
  return checkModuleValue(dataset, datasetSchema, "dataset", `${where}, what load returned`);
}

function checked(dataset: Dataset, where: string): Dataset {
  const { size, performanceSampleCount } = dataset;
  if (size === 0) throw new UsageError("DATASET_EMPTY", [{ where, message: "it holds no sample" }]);
  if (performanceSampleCount < 1 || performanceSampleCount > size)
    throw new UsageError("DATASET_MODULE_INVALID", [
      {
        where,
        message: `performanceSampleCount must be from 1 to its size, ${size}; it is ${performanceSampleCount}`,
      },
    ]);
  return dataset;
}
