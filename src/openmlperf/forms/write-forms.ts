import { createHash } from "node:crypto";
import { join } from "node:path";
import { Zstd } from "@hpcc-js/wasm-zstd";
import { parquetWriteBuffer } from "hyparquet-writer";
import { csvText } from "../../results/csv-text.ts";
import { writeWhole } from "../../results/write-whole.ts";
import type { BuiltDataset } from "../build-dataset.ts";
import { type ColumnType, columns } from "../columns.ts";
import { columnNames, type Row } from "../row.ts";
import { datasetCard } from "./card-text.ts";
import { datasetFiles } from "./dataset-files.ts";
import { rowJsonSchema } from "./json-schema.ts";
import { repairsOf } from "./repairs.ts";
import { buildReportText } from "./report-text.ts";

const parquetTypes = { text: "STRING", whole: "INT64", number: "DOUBLE", boolean: "BOOLEAN" } as const;

/** Writes every form of a dataset, each whole or not at all. Returns their SHA-256 by name; equal rows give equal bytes. */
export async function writeForms(folder: string, built: BuiltDataset): Promise<Record<string, string>> {
  const zstd = await Zstd.load();
  const contents: Record<string, Uint8Array | string> = {
    [datasetFiles.parquet]: parquetBytes(built.rows, (page) => zstd.compress(page)),
    [datasetFiles.jsonLines]: built.rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
    [datasetFiles.csv]: csvText(
      [columnNames, ...built.rows.map((row) => columnNames.map((name) => row[name]))],
      "\r\n",
    ),
    [datasetFiles.schema]: `${JSON.stringify(rowJsonSchema(), null, 2)}\n`,
    [datasetFiles.changes]: repairsOf(built.rows, built.report)
      .map((repair) => `${JSON.stringify(repair)}\n`)
      .join(""),
    [datasetFiles.report]: buildReportText(built),
    [datasetFiles.card]: datasetCard(built.rows, built.report.flagMeanings),
  };
  const hashes: Record<string, string> = {};
  for (const [name, content] of Object.entries(contents)) {
    const path = join(folder, name);
    await writeWhole(path, content);
    hashes[name] = createHash("sha256").update(content).digest("hex");
  }
  return hashes;
}

function parquetBytes(rows: readonly Row[], zstd: (page: Uint8Array) => Uint8Array): Uint8Array {
  const columnData = columnNames.map((name) => ({
    name,
    data: rows.map((row) => parquetValue(row[name], columns[name].type)),
    type: parquetTypes[columns[name].type],
    nullable: true,
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData, codec: "ZSTD", compressors: { ZSTD: zstd } }));
}

function parquetValue(value: Row[keyof Row], type: ColumnType) {
  return value !== null && type === "whole" ? BigInt(value) : value;
}
