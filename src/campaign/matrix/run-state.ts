import { existsSync } from "node:fs";
import { join } from "node:path";
import { readRecord, runFiles } from "../../results/store.ts";
import { readSweep } from "../sweep-folder.ts";

/** What stands in the folder of a run or a sweep of a cell. */
export type RunFolderState =
  | { state: "finished" }
  | { state: "interrupted" }
  | { state: "failed"; reason: string };

/** Null where nothing stands there, or a sweep that goes on where it was. */
export async function runState(path: string): Promise<RunFolderState | null> {
  if (existsSync(join(path, runFiles.record))) {
    const { state, requests } = await readRecord(path);
    if (state === "valid" || state === "invalid") return { state: "finished" };
    if (state === "aborted")
      return { state: "failed", reason: "RUN_ABORTED: The run was ended before its time." };
    const [cause] = requests.byError;
    const why = cause === undefined ? "" : `, most by ${cause.code}`;
    return {
      state: "failed",
      reason: `RUN_FAILED: ${requests.failed} of ${requests.issued} requests failed${why}.`,
    };
  }
  if (!existsSync(join(path, "sweep.json"))) return null;
  const { state } = await readSweep(path);
  return state === "finished" ? { state: "finished" } : null;
}
