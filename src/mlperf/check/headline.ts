import { type DetailRecord, numberOf } from "./detail-record.ts";
import type { ResultFolder } from "./submission-tree.ts";

/** The figure that a result is submitted with. */
export interface Headline {
  /** Its key in the detail log. */
  key: string;
  /** In tokens/s, or ns of SingleStream; null when the log lacks it. */
  value: number | null;
}

/** The figure of a result: tokens/s of Offline, Server and Interactive; the latency of SingleStream. */
export function headlineOf(log: DetailRecord, { scenario }: Pick<ResultFolder, "scenario">): Headline {
  const key =
    scenario === "Offline"
      ? "result_tokens_per_second"
      : scenario === "SingleStream"
        ? "result_90.00_percentile_latency_ns"
        : "result_completed_tokens_per_second";
  return { key, value: numberOf(log, key) };
}

/** Mean output tokens of a performance test, from its rates; null when a rate is missing. */
export function meanOutputTokens(log: DetailRecord): number | null {
  const tokens =
    numberOf(log, "result_tokens_per_second") ?? numberOf(log, "result_completed_tokens_per_second");
  const samples =
    numberOf(log, "result_samples_per_second") ??
    numberOf(log, "result_completed_samples_per_sec") ??
    numberOf(log, "result_qps_with_loadgen_overhead");
  return tokens === null || samples === null || samples === 0 ? null : tokens / samples;
}
