import { decompress } from "fzstd";
import { type AsyncBuffer, parquetMetadataAsync, parquetRead, parquetSchema } from "hyparquet";
import { describeColumn, emptyColumn, type Table, type TableColumn, type Value } from "./table.ts";

/** Columns without which a file is not taken for the dataset. */
const marks = ["id", "origin", "benchmark", "scenario", "result_value"];

const compressors = { ZSTD: (page: Uint8Array) => decompress(page) };

/** Opens a Parquet file of the Open MLPerf dataset. Throws an Error that says what is wrong with another file. */
export async function openParquetTable(file: AsyncBuffer): Promise<Table> {
  const metadata = await parquetMetadataAsync(file).catch((cause: unknown) => {
    throw new Error("This is no Parquet file.", { cause });
  });
  const columnNames = parquetSchema(metadata).children.map(({ element }) => element.name);
  const missing = marks.filter((name) => !columnNames.includes(name));
  if (missing.length > 0)
    throw new Error(`This Parquet file is no Open MLPerf dataset: it has no column ${missing.join(", ")}.`);
  const rowCount = Number(metadata.num_rows);
  const loaded = new Map<string, TableColumn>();
  const underWay = new Map<string, Promise<void>>();

  async function read(names: string[]): Promise<void> {
    const values = new Map(names.map((name) => [name, new Array<Value>(rowCount).fill(null)]));
    await parquetRead({
      file,
      metadata,
      columns: names,
      compressors,
      onChunk: ({ columnName, columnData, rowStart }) => {
        const target = values.get(columnName);
        if (target === undefined) return;
        for (let offset = 0; offset < columnData.length; offset++)
          target[rowStart + offset] = plainValue(columnData[offset]);
      },
    });
    for (const [name, column] of values) loaded.set(name, { name, ...describeColumn(name), values: column });
  }

  return {
    rowCount,
    columnNames,
    has: (name) => columnNames.includes(name),
    isLoaded: (name) => loaded.has(name) || !columnNames.includes(name),
    load: async (names) => {
      const wanted = [...new Set(names)].filter((name) => columnNames.includes(name) && !loaded.has(name));
      const fresh = wanted.filter((name) => !underWay.has(name));
      if (fresh.length > 0) {
        const reading = read(fresh).finally(() => {
          for (const name of fresh) underWay.delete(name);
        });
        for (const name of fresh) underWay.set(name, reading);
      }
      await Promise.all(wanted.map((name) => underWay.get(name)));
    },
    column: (name) => loaded.get(name) ?? emptyColumn(name, rowCount),
  };
}

function plainValue(value: unknown): Value {
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return value === null || value === undefined ? null : String(value);
}
