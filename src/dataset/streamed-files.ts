import { createHash } from "node:crypto";
import { readFileBytes } from "./file-bytes.ts";
import type { FileFormat } from "./file-row.ts";
import type { DataFile, RowRequest, RowSource, SourceRow } from "./row-source.ts";
import { shuffledIndexes } from "./shuffled.ts";

/** Files of one format that can only be read from their beginnings: JSON Lines, JSON, CSV, text. */
export function streamedFiles(files: readonly DataFile[], format: FileFormat): RowSource {
  const hash = createHash("sha256");
  let wholeRead = false;

  async function* inOrder(): AsyncGenerator<SourceRow> {
    for (const { label, path } of files) {
      for await (const row of format.read(readFileBytes(await path(), label, hash))) {
        yield { ...row, file: label };
      }
    }
    wholeRead = true;
  }

  async function* shuffled(seed: number): AsyncGenerator<SourceRow> {
    const rows: SourceRow[] = [];
    for await (const row of inOrder()) rows.push(row);
    for (const index of shuffledIndexes(rows.length, seed)) {
      const row = rows[index];
      if (row !== undefined) yield row;
    }
  }

  return {
    fields: format.fields,
    rows: ({ shuffleSeed }: RowRequest) => (shuffleSeed === null ? inOrder() : shuffled(shuffleSeed)),
    sha256: () => (wholeRead ? hash.digest("hex") : null),
  };
}
