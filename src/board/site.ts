import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readPriceTable } from "../cost/read-price-table.ts";
import { EnvironmentError, UsageError } from "../errors.ts";
import { datasetFiles } from "../openmlperf/forms/dataset-files.ts";
import { predictorFileName } from "../predict/read-predictor.ts";
import { runFiles } from "../results/store.ts";
import { findOwnResults } from "./own-runs.ts";

/** A file of the board: where it lies, or what it holds. */
export type SiteFile = { path: string } | { content: string };

/** The board as files, by their paths within it. */
export interface Site {
  files: Map<string, SiteFile>;
  /** Rows' file and predictor on this machine, for the HTTP interface; null where there is none. */
  dataset: string | null;
  predictor: string | null;
  runs: number;
}

/** What a board is made of. */
export interface SiteOptions {
  /** Folder of a built dataset, a Parquet file, or the address of one; null leaves it to the page to ask for a file. */
  dataset: string | null;
  /** Predictor's file; that of the dataset's folder when left out. */
  predictor?: string;
  /** Price table; that of FlexBench when left out. */
  prices?: string;
  /** Folders of runs and sweeps. */
  runs: readonly string[];
  /** Address of the HTTP interface relative to the page; null on a static host. */
  api: string | null;
}

/** Where the build puts the bundled page: beside this file. */
const appFolder = join(dirname(fileURLToPath(import.meta.url)), "app");

/** Collects a board's files. Throws UsageError for data that are not there, EnvironmentError without the bundled page. */
export async function collectSite(options: SiteOptions): Promise<Site> {
  const files = new Map<string, SiteFile>();
  for (const name of await appFiles()) files.set(name, { path: join(appFolder, name) });
  const { dataset, url } = await datasetOf(options.dataset, files);
  const predictor = await predictorOf(options, files);
  const own = await findOwnResults(options.runs);
  for (const { id, folder, hasRequests } of own.runs) {
    files.set(`runs/${id}/${runFiles.record}`, { path: join(folder, runFiles.record) });
    if (hasRequests) files.set(`runs/${id}/${runFiles.requests}`, { path: join(folder, runFiles.requests) });
  }
  for (const { id, file } of own.sweeps) files.set(`runs/${id}.sweep.json`, { path: file });
  files.set("data/prices.json", { content: JSON.stringify(await readPriceTable(options.prices)) });
  const settings = {
    datasets: url === null ? [] : [{ name: "Open MLPerf", url }],
    runs: own.runs.map(({ id, hasRequests }) => ({
      id,
      record: `runs/${id}/${runFiles.record}`,
      requests: hasRequests ? `runs/${id}/${runFiles.requests}` : null,
    })),
    sweeps: own.sweeps.map(({ id, runs }) => ({ id, url: `runs/${id}.sweep.json`, runs })),
    predictor: predictor === null ? null : `data/${predictorFileName}`,
    prices: "data/prices.json",
    api: options.api,
  };
  files.set("board.json", { content: `${JSON.stringify(settings)}\n` });
  return { files, dataset, predictor, runs: own.runs.length };
}

/** What a file of the board holds. */
export async function readSiteFile(file: SiteFile): Promise<Uint8Array> {
  return "path" in file ? await readFile(file.path) : Buffer.from(file.content);
}

async function appFiles(): Promise<string[]> {
  try {
    const entries = await readdir(appFolder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(appFolder.length + 1))
      .map((name) => name.replaceAll("\\", "/"));
  } catch (cause) {
    throw new EnvironmentError("BOARD_NOT_BUILT", "The board's page is not there.", {
      hint: "In a checkout `npm run build` makes it.",
      cause,
    });
  }
}

async function datasetOf(
  dataset: string | null,
  files: Map<string, SiteFile>,
): Promise<{ dataset: string | null; url: string | null }> {
  if (dataset === null) return { dataset: null, url: null };
  if (/^https?:\/\//.test(dataset)) return { dataset, url: dataset };
  const there = await stat(dataset).catch(() => null);
  const path = resolve(there?.isDirectory() === true ? join(dataset, datasetFiles.parquet) : dataset);
  if ((await stat(path).catch(() => null))?.isFile() !== true)
    throw new UsageError("BOARD_DATASET", [{ where: "--dataset", message: `${path} is no file` }], {
      hint: "`flexbench dataset build` makes one, `flexbench dataset pull` gets one.",
    });
  files.set(`data/${datasetFiles.parquet}`, { path });
  return { dataset: path, url: `data/${datasetFiles.parquet}` };
}

/** A named predictor must be there; that of the dataset's folder may be missing. */
async function predictorOf(
  { dataset, predictor }: SiteOptions,
  files: Map<string, SiteFile>,
): Promise<string | null> {
  const path = predictor ?? (dataset === null ? null : join(dataset, predictorFileName));
  if (path === null) return null;
  const there = await stat(path).catch(() => null);
  if (there?.isFile() === true) {
    files.set(`data/${predictorFileName}`, { path: resolve(path) });
    return resolve(path);
  }
  if (predictor === undefined) return null;
  throw new UsageError("BOARD_PREDICTOR", [{ where: "--predictor", message: `${path} is no file` }], {
    hint: "`flexbench predict train` makes one.",
  });
}
