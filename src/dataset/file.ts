import { readdirSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { UsageError } from "../errors.ts";
import { csvFile } from "./csv-file.ts";
import { withoutCompression } from "./file-bytes.ts";
import type { FileFormat } from "./file-row.ts";
import { jsonFile } from "./json-file.ts";
import { jsonlFile } from "./jsonl-file.ts";
import { parquetFiles } from "./parquet-files.ts";
import type { DataFile, RowSource } from "./row-source.ts";
import { streamedFiles } from "./streamed-files.ts";
import { textFile } from "./text-file.ts";

const streamedFormats: readonly FileFormat[] = [jsonlFile, jsonFile, csvFile, textFile];
const parquetExtension = ".parquet";

/** Endings of the files that can be read; all but Parquet also with .gz or .zst behind. */
export const fileExtensions: readonly string[] = [
  ...streamedFormats.map(({ extension }) => extension),
  parquetExtension,
];

/** The ending of a file that can be read, without that of its compression; null for all other files. */
export function dataExtension(path: string): string | null {
  const extension = extname(withoutCompression(path)).toLowerCase();
  if (extension === parquetExtension && path.toLowerCase().endsWith(extension)) return extension;
  return streamedFormats.some((format) => format.extension === extension) ? extension : null;
}

/** A file name without its endings. */
export function bareName(path: string): string {
  const name = basename(withoutCompression(path));
  return name.slice(0, name.length - extname(name).length);
}

/** Rows of files that all have this ending. */
export function rowsOf(files: readonly DataFile[], extension: string): RowSource {
  const format = streamedFormats.find((candidate) => candidate.extension === extension);
  return format === undefined ? parquetFiles(files) : streamedFiles(files, format);
}

/** A file that is on this machine. */
export function localFile(path: string): DataFile {
  return { label: path, path: async () => path };
}

/**
 * The data files of a folder, in the order of their names, folders within it included; with a split, those whose name
 * holds it as a word. Throws a UsageError `DATASET_EMPTY` or `DATASET_FORMAT_UNKNOWN` for a mix of formats.
 */
export function filesOfFolder(folder: string, split: string | null): { paths: string[]; extension: string } {
  const all = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter(
      (path) => !path.split(/[/\\]/).some((part) => part.startsWith(".")) && dataExtension(path) !== null,
    )
    .toSorted();
  const paths = split === null ? all : all.filter((path) => path.split(/[^a-z0-9]+/i).includes(split));
  const extensions = new Set(paths.flatMap((path) => dataExtension(path) ?? []));
  const [extension] = extensions;
  if (extension === undefined) {
    const what = split === null ? "a dataset file" : `a dataset file of the split "${split}"`;
    throw new UsageError("DATASET_EMPTY", [{ where: folder, message: `the folder does not hold ${what}` }], {
      hint: `Files that are read end in ${fileExtensions.join(", ")}.`,
    });
  }
  if (extensions.size > 1) {
    const message = `the folder mixes formats: ${[...extensions].join(", ")}`;
    throw new UsageError("DATASET_FORMAT_UNKNOWN", [{ where: folder, message }], {
      hint: "Name one file of it, or a folder of one format.",
    });
  }
  return { paths: paths.map((path) => join(folder, path)), extension };
}
