import { readFile } from "node:fs/promises";

/** A JSON file that should hold an object. */
export interface JsonFile {
  /** From the root of the submission. */
  path: string;
  /** Its object; null when the file is not there or is no object. */
  value: Readonly<Record<string, unknown>> | null;
  /** Why there is no object, as one sentence; null when there is one. */
  complaint: string | null;
}

/** Reads a JSON file that should hold an object; whatever is wrong with it becomes its complaint. */
export async function readJsonFile(absolutePath: string, path: string): Promise<JsonFile> {
  let text: string;
  try {
    text = await readFile(absolutePath, "utf8");
  } catch {
    return { path, value: null, complaint: "it is missing" };
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return { path, value, complaint: null };
    return { path, value: null, complaint: "it holds no JSON object" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { path, value: null, complaint: `it is no JSON: ${reason}` };
  }
}

/** Whether a value is an object with named fields. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
