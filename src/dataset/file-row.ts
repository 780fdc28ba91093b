import type { Problem } from "../errors.ts";

/** Content of a file as it comes from the disk. */
export type FileBytes = AsyncIterable<Uint8Array>;

/** Where something stands in a file. */
export interface RowPlace {
  /** Counted from one, a header not included; null where the whole file is meant. */
  row: number | null;
  /** Line on which the row ends, or null where the format has none to tell. */
  line: number | null;
}

/** One row of a file: its fields by column, or why it cannot be read. */
export type FileRow = RowPlace &
  ({ fields: Readonly<Record<string, unknown>> } | { column: string | null; problem: string });

/** One file format. */
export interface FileFormat {
  /** With the dot, in lower case. */
  extension: string;
  /** "text": every field is a string, and lists in it are written as JSON. */
  fields: "typed" | "text";
  /** Reads row by row; a row that cannot be read is reported and not thrown. */
  read(bytes: FileBytes): AsyncIterable<FileRow>;
}

/** A problem with its file, row, line and column, as far as they are known. */
export function rowProblem(
  file: string,
  { row, line }: RowPlace,
  column: string | null,
  message: string,
): Problem {
  const places = [
    file,
    row === null ? null : `row ${row}`,
    line === null || line === row ? null : `line ${line}`,
    column === null ? null : `column ${column}`,
  ];
  return { where: places.filter((place) => place !== null).join(", "), message };
}
