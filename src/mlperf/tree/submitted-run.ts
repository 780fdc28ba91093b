import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RunRecord } from "../../results/record.ts";
import { readRecord, runFiles } from "../../results/store.ts";
import { type DetailRecord, readDetailRecord, textOf } from "../check/detail-record.ts";

/** Logs of one LoadGen test in a run's folder. */
export interface LoggedTest {
  /** Absolute, or as the run's folder was given. */
  folder: string;
  detail: DetailRecord;
}

/** A run that somebody wants in a submission. */
export interface SubmittedRun {
  folder: string;
  record: RunRecord;
  performance: LoggedTest | null;
  accuracy: LoggedTest | null;
}

/** LoadGen's files by what they are called. */
export const logFiles = {
  summary: "mlperf_log_summary.txt",
  detail: "mlperf_log_detail.txt",
  accuracy: "mlperf_log_accuracy.json",
} as const;

/**
 * Reads a run's record and finds its tests by what LoadGen's own logs say they are. Throws as `readRecord` does.
 */
export async function readSubmittedRun(folder: string): Promise<SubmittedRun> {
  const record = await readRecord(folder);
  const run: SubmittedRun = { folder, record, performance: null, accuracy: null };
  for (const name of [runFiles.loadgen, runFiles.loadgenAccuracy]) {
    const logs = join(folder, name);
    const path = join(logs, logFiles.detail);
    if (!existsSync(path)) continue;
    const detail = await readDetailRecord(path, path);
    if (detail === null) continue;
    const mode = textOf(detail, "effective_test_mode");
    if (mode === "PerformanceOnly") run.performance = { folder: logs, detail };
    if (mode === "AccuracyOnly") run.accuracy = { folder: logs, detail };
  }
  return run;
}
