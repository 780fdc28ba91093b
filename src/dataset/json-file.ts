import { constants } from "node:buffer";
import type { FileFormat } from "./file-row.ts";
import { fieldsOf, kindOf, parseJson } from "./json-fields.ts";
import { notUtf8, readTextLines } from "./text-lines.ts";

/** JSON: one list of objects, held in memory as a whole; larger sets are better kept as JSON Lines. */
export const jsonFile: FileFormat = {
  extension: ".json",
  fields: "typed",
  async *read(bytes) {
    const lines: string[] = [];
    let characters = 0;
    for await (const { line, text } of readTextLines(bytes)) {
      if (text === null) {
        yield { row: null, line, column: null, problem: notUtf8 };
        return;
      }
      lines.push(text);
      characters += text.length + 1;
      if (characters > constants.MAX_STRING_LENGTH) {
        const problem = "it is too large to be read as a whole; as JSON Lines or Parquet it can be";
        yield { row: null, line: null, column: null, problem };
        return;
      }
    }
    const parsed = parseJson(lines.join("\n"));
    if ("problem" in parsed) {
      yield { row: null, line: null, ...parsed };
    } else if (Array.isArray(parsed.value)) {
      for (const [index, item] of parsed.value.entries()) {
        yield { row: index + 1, line: null, ...fieldsOf(item) };
      }
    } else {
      const problem = `it is ${kindOf(parsed.value)} and not a list of objects`;
      yield { row: null, line: null, column: null, problem };
    }
  },
};
