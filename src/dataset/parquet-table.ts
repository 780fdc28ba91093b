import { isUtf8 } from "node:buffer";
import { type FileHandle, open } from "node:fs/promises";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { decompress as unpackZstd } from "fzstd";
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from "hyparquet";

/** Stands where a text of a Parquet file is not UTF-8. */
export const brokenText: unique symbol = Symbol("not UTF-8");

/** A Parquet file that is open for reading. */
export interface ParquetTable {
  columns: readonly string[];
  rowCount: number;
  /** Numbers of rows after which a row group ends, in order; the last one is `rowCount`. */
  groupEnds: readonly number[];
  /** Rows from `start` to before `end`; only the row groups and columns that are asked for are read. */
  read(columns: readonly string[], start: number, end: number): Promise<Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}

/** What hyparquet cannot unpack by itself. */
const compressors: Compressors = {
  GZIP: (packed) => gunzipSync(packed),
  BROTLI: (packed) => brotliDecompressSync(packed),
  ZSTD: (packed) => unpackZstd(packed),
};

const parsers = {
  stringFromBytes: (bytes: Uint8Array | undefined) => {
    if (bytes === undefined) return undefined;
    if (!isUtf8(bytes)) return brokenText;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  },
};

/** Opens a Parquet file: reads its footer and nothing more. Throws what is wrong with the file. */
export async function openParquet(path: string): Promise<ParquetTable> {
  const handle = await open(path, "r");
  try {
    const file = await bufferOver(handle);
    const metadata = await parquetMetadataAsync(file);
    return tableOf(file, metadata, () => handle.close());
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function tableOf(file: AsyncBuffer, metadata: FileMetaData, close: () => Promise<void>): ParquetTable {
  let rows = 0;
  const groupEnds = metadata.row_groups.map((group) => {
    rows += Number(group.num_rows);
    return rows;
  });
  const [root] = metadata.schema;
  return {
    columns: topLevelNames(metadata, root?.num_children ?? 0),
    rowCount: rows,
    groupEnds,
    read: async (columns, rowStart, rowEnd) => {
      const found = await parquetReadObjects({
        file,
        metadata,
        columns: [...columns],
        rowStart,
        rowEnd,
        rowFormat: "object",
        useOffsetIndex: true,
        compressors,
        parsers,
      });
      return found.map((row) => plainFields(row));
    },
    close,
  };
}

/** The schema is a flat list in which each element is followed by its children. */
function topLevelNames({ schema }: FileMetaData, count: number): string[] {
  const names: string[] = [];
  let position = 1;
  const skip = () => {
    const children = schema[position]?.num_children ?? 0;
    position += 1;
    for (let child = 0; child < children; child += 1) skip();
  };
  for (let index = 0; index < count; index += 1) {
    names.push(schema[position]?.name ?? "");
    skip();
  }
  return names;
}

function plainFields(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]));
}

/** Values as JSON would have them: 64-bit integers become numbers where they fit, and dates text. */
function plainValue(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, plainValue);
  if (Array.isArray(value)) return value.map(plainValue);
  return typeof value === "object" && value !== null ? plainFields({ ...value }) : value;
}

async function bufferOver(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    slice: async (start, end = size) => {
      const from = start < 0 ? Math.max(0, size + start) : start;
      const length = Math.max(0, Math.min(end, size) - from);
      const bytes = new Uint8Array(new ArrayBuffer(length));
      const { bytesRead } = await handle.read(bytes, 0, length, from);
      if (bytesRead < length) throw new Error("the file became shorter while it was read");
      return bytes.buffer;
    },
  };
}
