import type { ColumnName } from "../columns.ts";
import type { Draft, PartialRow } from "../row.ts";
import { isRecord, type JsonRecord, numberOf, textFields, textOf } from "./json-values.ts";
import { roundOf } from "./summary-results.ts";

/** Greatest difference of a log from the published figure with which the two agree, as a share. */
export const greatestLogDifference = 0.001;

/** How far early stopping's estimate, which SingleStream publishes, may lie above the 90th percentile of its log. */
const greatestEstimateExcess = 0.02;

/** A record of a file, with the round that stands around it. */
interface RoundRecord {
  round: string | null;
  commit: string | null;
  record: JsonRecord;
}

/** What raw logs and system descriptions say of published rows. */
export interface LogEvidence {
  /** The drafts, completed where a log is known. */
  complete(drafts: readonly Draft[]): Draft[];
}

/** Evidence from joined logs (one record a published row, with its LoadGen summary) and containers of system descriptions. */
export function logEvidence(logs: readonly RoundRecord[], systems: readonly RoundRecord[]): LogEvidence {
  const logByRow = new Map(
    logs.map(({ round, commit, record }) => [keyOfLog(round, record), { commit, record }]),
  );
  const systemByPath = new Map(
    systems.flatMap(({ round, record }) =>
      Object.entries(record).flatMap(([path, system]) =>
        isRecord(system) ? [[`${roundOf(round)} ${path}`, textFields(system)] as const] : [],
      ),
    ),
  );
  return {
    complete: (drafts) =>
      drafts.map((draft) => {
        const found = logByRow.get(keyOfRow(draft.row));
        if (found === undefined) return draft;
        const { commit, record: log } = found;
        const systemPath = textOf(log.system_path);
        return {
          row: { ...draft.row, ...logColumns(log, draft.row), system_path: systemPath, log_commit: commit },
          system: systemByPath.get(`${draft.row.round} ${systemPath}`) ?? draft.system,
        };
      }),
  };
}

function keyOfRow(row: PartialRow): string {
  const { round, published_id, platform, benchmark_raw, scenario, result_value } = row;
  return [round, published_id, platform, benchmark_raw, scenario?.toLowerCase(), result_value].join("|");
}

function keyOfLog(round: string | null, log: JsonRecord): string {
  const words = [log.id, log.platform, log.model, textOf(log.scenario)?.toLowerCase()].map(String);
  return [roundOf(round), ...words, numberOf(log.performance_result)].join("|");
}

const latencyColumn = /^(latency|ttft|tpot)_ns\.(min|mean|max|p50|p90|p95|p97|p99|p99\.9)$/;

function logColumns(record: JsonRecord, row: PartialRow): PartialRow {
  const published = row.result_value ?? null;
  const log = isRecord(record.log) ? record.log : {};
  const tokens =
    numberOf(log.completed_tokens_per_second) ??
    numberOf(log.offline_tokens_per_second) ??
    numberOf(log.tokens_per_second_inferred);
  const latencies = Object.entries(log).flatMap(([name, value]) => {
    const [, kind, point] = latencyColumn.exec(name) ?? [];
    if (kind === undefined || point === undefined) return [];
    return [[`${kind}_${point.replace("p99.9", "p999")}_ns` as ColumnName, numberOf(value)] as const];
  });
  const verdict = textOf(log.result_valid);
  const setting = (name: string): number | null => numberOf(log[`settings.${name}`]);
  return {
    ...(Object.fromEntries(latencies) as PartialRow),
    log_path: textOf(record.log_path),
    log_valid: verdict === null ? null : verdict === "VALID",
    log_tokens_per_second: tokens,
    log_agrees: published === null ? null : agrees(log, tokens, published),
    target_qps: setting("target_qps"),
    min_duration_ms: setting("min_duration_ms"),
    min_query_count: setting("min_query_count"),
    performance_sample_count: setting("performance_sample_count"),
    samples_per_query: setting("samples_per_query"),
    // LoadGen writes limits for every scenario, and holds only these against them.
    ...(/^(server|interactive)$/i.test(row.scenario ?? "")
      ? {
          ttft_limit_ns: setting("ttft_latency_ns"),
          tpot_limit_ns: setting("tpot_latency_ns"),
          // 0 stands for no limit.
          latency_limit_ns: setting("target_latency_ns") || null,
        }
      : {}),
  };
}

function agrees(log: JsonRecord, tokens: number | null, published: number): boolean {
  const rates = [
    tokens,
    numberOf(log.offline_samples_per_second),
    numberOf(log.completed_samples_per_second),
    numberOf(log.scheduled_samples_per_second),
  ];
  return figureAgrees(published, rates, numberOf(log["latency_ns.p90"]));
}

/**
 * Whether a figure of the log is the published one: a rate, or without rates the 90th percentile of the latency in ns,
 * published in ms. Units are no help here: some tables name them wrong.
 */
export function figureAgrees(
  published: number,
  rates: readonly (number | null)[],
  p90Ns: number | null,
): boolean {
  const known = rates.filter((rate) => rate !== null);
  if (known.length > 0) return known.some((rate) => Math.abs(published / rate - 1) <= greatestLogDifference);
  if (p90Ns === null) return false;
  const excess = published / (p90Ns / 1e6) - 1;
  return excess >= -greatestLogDifference && excess <= greatestEstimateExcess;
}
