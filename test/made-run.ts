import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { RunRecord } from "#src/results/record.js";
import { writeRequests } from "#src/results/requests-parquet.js";
import { runFiles, writeConfig, writeRecord } from "#src/results/store.js";
import { type Timeline, timelineColumns } from "#src/sut/timeline.js";
import { sampleRecord } from "./sample-record.ts";

/** How requests of a made run go; times in ms. */
export interface MadeRequests {
  count: number;
  perSecond: number;
  /** @default 20 */
  ttftMs?: number;
  /** @default 10 */
  tpotMs?: number;
  /** @default 32 */
  tokens?: number;
  /** Every n-th request fails. */
  failEvery?: number;
}

/** A number between 0 and 1 that follows from `index` alone. */
function drawn(index: number): number {
  const wave = Math.sin(index * 12.9898 + 4.1414) * 43_758.5453;
  return wave - Math.floor(wave);
}

/** Requests that arrive as in a Poisson process, with a long tail of first tokens. */
export function madeTimeline(requests: MadeRequests): Timeline {
  const { count, perSecond, ttftMs = 20, tpotMs = 10, tokens = 32, failEvery } = requests;
  const columns = Object.fromEntries(
    timelineColumns.map((name) => [name, new Float64Array(count).fill(Number.NaN)]),
  ) as Timeline["columns"];
  let scheduled = 0;
  for (let row = 0; row < count; row++) {
    scheduled += (-Math.log(1 - drawn(row)) / perSecond) * 1e9;
    const sent = scheduled + 50_000 + drawn(row + 0.3) * 200_000;
    const first = sent + ttftMs * 1e6 * (0.8 + 0.4 * drawn(row + 0.5) - 0.2 * Math.log(1 - drawn(row + 0.7)));
    const last = first + (tokens - 1) * tpotMs * 1e6 * (0.9 + 0.2 * drawn(row + 0.9));
    const failed = failEvery !== undefined && row % failEvery === 0;
    const values = {
      sample: row % 64,
      endpoint: 0,
      worker: 0,
      scheduledNs: scheduled,
      issuedNs: scheduled + 20_000,
      sentNs: sent,
      firstByteNs: first - 1000,
      firstTokenNs: first,
      firstAnswerTokenNs: first,
      lastTokenNs: last,
      completedNs: last + 30_000,
      promptTokens: 128,
      outputTokens: tokens,
      tokenEvents: tokens,
      finishReason: failed ? Number.NaN : 0,
      error: failed ? 0 : Number.NaN,
    };
    for (const name of timelineColumns) columns[name][row] = Math.round(values[name]);
  }
  return {
    length: count,
    columns,
    finishReasons: ["length"],
    errors: failEvery === undefined ? [] : [{ code: "HTTP_500", example: "the server said 500" }],
  };
}

/** Writes a run's folder as a run would leave it, with these requests. */
export async function writeMadeRun(
  folder: string,
  timeline: Timeline,
  changes: Partial<RunRecord> = {},
): Promise<RunRecord> {
  mkdirSync(folder, { recursive: true });
  const record = sampleRecord(changes);
  writeRequests(join(folder, runFiles.requests), timeline);
  await writeConfig(folder, record.config);
  await writeRecord(folder, record);
  return record;
}
