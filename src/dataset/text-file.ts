import type { FileFormat } from "./file-row.ts";
import { notUtf8, readTextLines } from "./text-lines.ts";

/** Plain text: every line that is not blank is a prompt. */
export const textFile: FileFormat = {
  extension: ".txt",
  fields: "text",
  async *read(bytes) {
    for await (const { line, text } of readTextLines(bytes)) {
      if (text === null) {
        yield { row: line, line, column: null, problem: notUtf8 };
      } else if (text.trim() !== "") {
        yield { row: line, line, fields: { prompt: text } };
      }
    }
  },
};
