import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { decompress } from "fzstd";
import { parquetReadObjects } from "hyparquet";
import { UsageError } from "../../errors.ts";
import type { SourceSpec } from "../build-file.ts";
import { columns } from "../columns.ts";
import { datasetFiles } from "../forms/dataset-files.ts";
import type { Repair } from "../forms/repairs.ts";
import { readDataset } from "../read-dataset.ts";
import { columnNames, type Draft, type PartialRow } from "../row.ts";
import type { JsonRecord } from "./json-values.ts";

/** Flags that only the first cleaning can find: what they tell of is gone from the row. */
const lastingFlags = [
  "memory-divided",
  "memory-repaired",
  "count-from-name",
  "weights-do-not-fit",
  "dtype-doubt",
];

/** Whether a path is an earlier build of the dataset: its folder, its Parquet file or its JSON lines. */
export async function isEarlierBuild(path: string): Promise<boolean> {
  return (await fileOf(path)) !== null;
}

/** What an earlier build gives. */
export interface EarlierBuild {
  earlier: Draft[];
  repairs: Repair[];
}

/**
 * Rows of an earlier build, as they were, with what they say of where they come from. What is worked out from tables of
 * specifications, and flags, are left to the rules of this build. Its list of repairs is read where it lies beside. Throws UsageError `DATASET_SOURCE` when it cannot be
 * read, has no rows, or has columns that this version does not know and would lose.
 */
export async function readEarlierBuild({ path }: SourceSpec): Promise<EarlierBuild> {
  const file = (await fileOf(path)) ?? path;
  const rows = await rowsOf(file);
  const unknown = Object.keys(rows[0] ?? {}).filter((name) => !(name in columns));
  const message =
    rows.length === 0
      ? "is a dataset without rows"
      : `has columns that this version of FlexBench does not know: ${unknown.join(", ")}`;
  if (rows.length === 0 || unknown.length > 0)
    throw new UsageError("DATASET_SOURCE", [{ where: file, message }]);
  return {
    earlier: rows.map((row) => ({ row: asDraft(row), system: null })),
    repairs: await repairsBeside(file),
  };
}

async function repairsBeside(file: string): Promise<Repair[]> {
  const path = join(dirname(file), datasetFiles.changes);
  if ((await stat(path).catch(() => null)) === null) return [];
  const lines: unknown = await readDataset(path);
  return lines as Repair[];
}

async function rowsOf(file: string): Promise<readonly JsonRecord[]> {
  if (!file.endsWith(".parquet")) return await readDataset(file);
  try {
    const bytes = await readFile(file);
    const compressors = {
      ZSTD: (page: Uint8Array, length: number) => decompress(page, new Uint8Array(length)),
    };
    const { buffer, byteOffset, byteLength } = bytes;
    return await parquetReadObjects({ file: buffer.slice(byteOffset, byteOffset + byteLength), compressors });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError("DATASET_SOURCE", [{ where: file, message: `is no Parquet: ${reason}` }], { cause });
  }
}

function asDraft(row: JsonRecord): PartialRow {
  const isOfficial = row.origin === "official";
  const kept = columnNames.filter((name) => {
    if (name === "flags" || name.startsWith("duplicate_") || name.startsWith("roofline_")) return false;
    // What a run of one's own told of its chip or model is told nowhere else.
    return !isOfficial || columns[name].group !== "features";
  });
  const draft = Object.fromEntries(kept.map((name) => [name, plain(row[name])])) as PartialRow;
  const flags = String(row.flags ?? "").split(" ");
  const lasting = flags.filter((flag) => lastingFlags.includes(flag));
  return lasting.length === 0 ? draft : { ...draft, flags: lasting.join(" ") };
}

/** Parquet gives whole numbers as bigints. */
function plain(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : (value ?? null);
}

async function fileOf(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory() !== true)
    return found !== null && /\.(parquet|jsonl)$/.test(basename(path)) ? path : null;
  for (const name of [datasetFiles.jsonLines, datasetFiles.parquet])
    if ((await stat(join(path, name)).catch(() => null)) !== null) return join(path, name);
  return null;
}
