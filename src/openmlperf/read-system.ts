import { readFile } from "node:fs/promises";
import { UsageError } from "../errors.ts";
import { isRecord, textFields } from "./sources/json-values.ts";

/** Fields of a description that `flexbench system` wrote. Throws a UsageError with this code when it is none. */
export async function readSystemDescription(path: string, code: string): Promise<Record<string, string>> {
  try {
    const content: unknown = JSON.parse(await readFile(path, "utf8"));
    if (!isRecord(content)) throw new TypeError("it holds no fields");
    return textFields(content);
  } catch (cause) {
    throw new UsageError(code, [{ where: path, message: "is no description of a system" }], { cause });
  }
}
