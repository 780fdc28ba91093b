import type { FileFormat } from "./file-row.ts";
import { fieldsOf, parseJson } from "./json-fields.ts";
import { notUtf8, readTextLines } from "./text-lines.ts";

/** JSON Lines: every line that is not blank is an object; rows are counted as lines. */
export const jsonlFile: FileFormat = {
  extension: ".jsonl",
  fields: "typed",
  async *read(bytes) {
    for await (const { line, text } of readTextLines(bytes)) {
      const place = { row: line, line };
      if (text === null) {
        yield { ...place, column: null, problem: notUtf8 };
      } else if (text.trim() !== "") {
        const parsed = parseJson(text);
        yield { ...place, ...("value" in parsed ? fieldsOf(parsed.value) : parsed) };
      }
    }
  },
};
