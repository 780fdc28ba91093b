import { join } from "node:path";
import { readRecord } from "../results/store.ts";
import type { SweepRecord, SweepRun, ValidMaximum } from "./sweep-record.ts";

/** The last VALID run at the highest VALID load of the sweep in `folder`; null where there is no such load. */
export async function validMaximum(folder: string, record: SweepRecord): Promise<ValidMaximum | null> {
  const qps = record.search === null ? (record.summary?.highestValid ?? null) : record.search.qps;
  const isIt = (run: SweepRun) => run.role !== "probe" && run.load === qps && run.state === "valid";
  const run = record.runs.findLast(isIt);
  if (qps === null || run === undefined) return null;
  const { metrics, cost, energy } = await readRecord(join(folder, run.folder));
  return {
    qps,
    folder: run.folder,
    samplesPerSecond: metrics.samplesPerSecond,
    tokensPerSecond: metrics.tokensPerSecond,
    cost,
    tokensPerJoule: energy?.tokensPerJoule ?? null,
  };
}
