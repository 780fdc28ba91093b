import { closeSync, existsSync, mkdirSync, openSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Problem, UsageError } from "../errors.ts";
import type { LogSettings } from "./settings.ts";

const logFiles = ["summary.txt", "detail.txt", "accuracy.json", "trace.json"];

/**
 * Creates the log folder and proves that LoadGen can write its four files there: when it cannot, `StartTest` returns
 * without a test and the next one ends the process. Throws UsageError `LOG_FOLDER_UNWRITABLE`.
 */
export function prepareLogFolder(log: LogSettings): void {
  const problems: Problem[] = [];
  try {
    createFolder(resolve(log.outdir));
  } catch (cause) {
    throw new UsageError(
      "LOG_FOLDER_UNWRITABLE",
      [{ where: log.outdir, message: "the log folder cannot be created" }],
      { cause, hint: "Name a folder that can be written." },
    );
  }
  for (const file of logFiles) {
    const [stem, extension] = file.split(".");
    const path = join(log.outdir, `${log.prefix}${stem}${log.suffix}.${extension}`);
    try {
      closeSync(openSync(path, "w"));
      // With a date in front LoadGen writes other names; this one was only the proof.
      if (log.prefixWithDatetime) rmSync(path);
    } catch {
      problems.push({ where: path, message: "the log file cannot be written" });
    }
  }
  if (problems.length > 0)
    throw new UsageError("LOG_FOLDER_UNWRITABLE", problems, { hint: "Name a folder that can be written." });
}

/** As mkdir's `recursive`, which in Node 20 never returns below /proc. */
function createFolder(path: string): void {
  if (existsSync(path)) {
    if (statSync(path).isDirectory()) return;
    throw new Error(`${path} is not a folder`);
  }
  createFolder(dirname(path));
  mkdirSync(path);
}
