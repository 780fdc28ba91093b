import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RunRecord } from "../results/record.ts";
import { readRequests } from "../results/requests-parquet.ts";
import { readPower, readServerMetricRows } from "../results/series-parquet.ts";
import { readRecord, runFiles } from "../results/store.ts";
import type { Timeline } from "../sut/timeline.ts";
import type { Chart } from "./chart.ts";
import { powerCharts, serverMetricCharts } from "./resource-charts.ts";
import type { RunPageSource } from "./run-page.ts";

/** Everything that a run's page shows, from the run's folder. Throws UsageError for what cannot be read. */
export async function readRunPageSource(folder: string): Promise<RunPageSource> {
  const record = await readRecord(folder);
  return {
    record,
    timeline: await readTimeline(folder),
    resourceCharts: await readResourceCharts(folder),
  };
}

/** The same where record and timeline are at hand. */
export async function runPageSource(
  folder: string,
  record: RunRecord,
  timeline: Timeline | null,
): Promise<RunPageSource> {
  return { record, timeline, resourceCharts: await readResourceCharts(folder) };
}

/** All requests of the run in `folder`; null where it left none. */
export async function readTimeline(folder: string): Promise<Timeline | null> {
  const file = join(folder, runFiles.requests);
  return existsSync(file) ? await readRequests(file) : null;
}

async function readResourceCharts(folder: string): Promise<Chart[]> {
  const metrics = join(folder, runFiles.serverMetrics);
  const power = join(folder, runFiles.power);
  return [
    ...(existsSync(metrics) ? serverMetricCharts(await readServerMetricRows(metrics)) : []),
    ...(existsSync(power) ? powerCharts(await readPower(power)) : []),
  ];
}
