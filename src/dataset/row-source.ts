import type { FileFormat, FileRow } from "./file-row.ts";

/** A row, and the file it stands in. */
export type SourceRow = FileRow & { file: string };

/** What is wanted of a source. */
export interface RowRequest {
  /** Which of the columns there are will be used. */
  columns(available: readonly string[]): readonly string[];
  /** Rows in random order; null: as they stand. */
  shuffleSeed: number | null;
  /** How many rows will probably be read; null: all. */
  expectedRows: number | null;
}

/** Where rows come from: files that are read one after the other, or Parquet files. */
export interface RowSource {
  fields: FileFormat["fields"];
  /** Reads rows as long as the caller goes on asking. */
  rows(request: RowRequest): AsyncIterable<SourceRow>;
  /** SHA-256 (hex) over the bytes of all files, when all of them were read to their ends; else null. */
  sha256(): string | null;
}

/** A file of a dataset; it may have to be downloaded first. */
export interface DataFile {
  /** How messages call it. */
  label: string;
  /** Gives its local path. */
  path(): Promise<string>;
}
