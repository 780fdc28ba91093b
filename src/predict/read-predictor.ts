import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import { type PredictorFile, predictorSchema } from "./predictor-file.ts";

/** Name of a predictor's file in the folder of its dataset. */
export const predictorFileName = "predictor.json";

/** Reads a predictor: its file, or the folder that holds it. Throws UsageError `PREDICTOR_UNREADABLE`. */
export async function readPredictor(path: string): Promise<PredictorFile> {
  try {
    const file = (await stat(path)).isDirectory() ? join(path, predictorFileName) : path;
    const content = JSON.parse(await readFile(file, "utf8")) as PredictorFile;
    if (content.schema !== predictorSchema) throw new TypeError(`it is no ${predictorSchema}`);
    return content;
  } catch (cause) {
    const message = `is no predictor: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new UsageError("PREDICTOR_UNREADABLE", [{ where: path, message }], {
      cause,
      hint: "`flexbench predict train` makes one from a dataset.",
    });
  }
}
