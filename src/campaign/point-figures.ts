import { join } from "node:path";
import { extent, goodRequests, pick } from "../metrics/requests.ts";
import type { RunRecord } from "../results/record.ts";
import { readRequests } from "../results/requests-parquet.ts";
import { runFiles } from "../results/store.ts";
import type { Timeline } from "../sut/timeline.ts";
import type { PointFigures } from "./sweep-record.ts";

/** What a point shows of the run in `folder`. */
export async function pointFigures(folder: string, record: RunRecord): Promise<PointFigures> {
  const { metrics, loadgen } = record;
  const isOpenLoop = loadgen?.scenario === "Server";
  return {
    samplesPerSecond: metrics.samplesPerSecond,
    tokensPerSecond: metrics.tokensPerSecond,
    keptUpShare: isOpenLoop ? keptUpShare(await readRequests(join(folder, runFiles.requests))) : null,
    ttftP50Ns: metrics.ttftNs?.p50 ?? null,
    ttftP99Ns: metrics.ttftNs?.p99 ?? null,
    serviceTtftP50Ns: metrics.serviceTtftNs?.p50 ?? null,
    serviceTtftP99Ns: metrics.serviceTtftNs?.p99 ?? null,
    tpotP50Ns: metrics.tpotNs?.p50 ?? null,
    tpotP99Ns: metrics.tpotNs?.p99 ?? null,
    latencyP50Ns: metrics.latencyNs?.p50 ?? null,
    latencyP99Ns: metrics.latencyNs?.p99 ?? null,
    goodputShare: metrics.goodput?.share ?? null,
    goodputPerSecond: metrics.goodput?.samplesPerSecond ?? null,
  };
}

/**
 * Rate of good answers over rate of arrivals. Both are taken from their own first to their own last, so that a constant
 * latency, however long, takes nothing away; a queue that grows stretches the answers over more time than the arrivals.
 */
export function keptUpShare(timeline: Timeline): number | null {
  const good = goodRequests(timeline);
  const arrivals = extent(timeline.columns.scheduledNs);
  const answers = extent(pick(timeline.columns.completedNs, good));
  const arrivedNs = arrivals.last - arrivals.first;
  const answeredNs = answers.last - answers.first;
  if (good.length < 2 || arrivedNs <= 0 || answeredNs <= 0) return null;
  return Math.min(1, (good.length / timeline.length) * (arrivedNs / answeredNs));
}
