import type { ColumnName } from "../columns.ts";
import type { Draft, PartialRow } from "../row.ts";
import { isRecord, type JsonRecord, numberOf, textFields, textOf } from "./json-values.ts";
import { roundOf } from "./summary-results.ts";

/** Greatest difference of a log from the published figure with which the two agree, as a share. */
export const greatestLogDifference = 0.001;

/** How far early stopping's estimate, which SingleStream publishes, may lie above the 90th percentile of its log. */
const greatestEstimateExcess = 0.02;

/** A record of evidence, with the round that stands around it and the file that it was read from. */
export interface EvidenceRecord {
  source: string;
  file: string;
  round: string | null;
  commit: string | null;
  record: JsonRecord;
}

/** Evidence of one file that belongs to no row of the build. */
export interface UnmatchedEvidence {
  source: string;
  file: string;
  logs: number;
  systems: number;
}

/** What raw logs and system descriptions say of published rows. */
export interface LogEvidence {
  /** The drafts, completed where a log is known. */
  complete(drafts: readonly Draft[]): Draft[];
  /** The drafts that no table and no log describes, with the description of their platform where there is one. */
  describe(drafts: readonly Draft[]): Draft[];
  /** Files with logs and descriptions that completed no draft so far, with how many. */
  unmatched(): UnmatchedEvidence[];
}

interface SystemRecord {
  from: EvidenceRecord;
  fields: Record<string, string>;
}

/**
 * Evidence from joined logs (one record a published row, with its LoadGen summary) and containers of system descriptions. A
 * log names the description of its row; a row without a log has that of its platform.
 */
export function logEvidence(
  logs: readonly EvidenceRecord[],
  systems: readonly EvidenceRecord[],
): LogEvidence {
  const logByRow = new Map(logs.map((log) => [keyOfLog(log.round, log.record), log]));
  const systemByPath = new Map(systems.flatMap(systemRecords));
  const used = new Set<EvidenceRecord | SystemRecord>();
  const systemOf = (round: string | null | undefined, path: string | null): SystemRecord["fields"] | null => {
    const system = systemByPath.get(`${round} ${path}`);
    if (system !== undefined) used.add(system);
    return system?.fields ?? null;
  };
  return {
    complete: (drafts) =>
      drafts.map((draft) => {
        const log = logByRow.get(keyOfRow(draft.row));
        if (log === undefined) return draft;
        used.add(log);
        const systemPath = textOf(log.record.system_path);
        return {
          row: {
            ...draft.row,
            ...logColumns(log.record, draft.row),
            ...{ system_path: systemPath, log_commit: log.commit },
          },
          system: systemOf(draft.row.round, systemPath) ?? draft.system,
        };
      }),
    describe: (drafts) =>
      drafts.map((draft) => {
        const path = draft.row.system_path ?? systemPathOf(draft.row);
        const system = draft.system ?? systemOf(draft.row.round, path);
        return draft.system === system ? draft : { row: { ...draft.row, system_path: path }, system };
      }),
    unmatched: () => {
      const byFile = new Map<string, UnmatchedEvidence>();
      const count = ({ source, file }: EvidenceRecord, kind: "logs" | "systems") => {
        const key = `${source}\n${file}`;
        const counted = byFile.get(key) ?? { source, file, logs: 0, systems: 0 };
        byFile.set(key, { ...counted, [kind]: counted[kind] + 1 });
      };
      for (const log of logs) if (!used.has(log)) count(log, "logs");
      for (const system of systemByPath.values()) if (!used.has(system)) count(system.from, "systems");
      return [...byFile.values()];
    },
  };
}

function systemRecords(from: EvidenceRecord): [string, SystemRecord][] {
  return Object.entries(from.record).flatMap(([path, system]) =>
    isRecord(system) ? [[`${roundOf(from.round)} ${path}`, { from, fields: textFields(system) }]] : [],
  );
}

/** Where repositories of results keep the description of a row's system. */
function systemPathOf({ division, submitter_raw, platform }: PartialRow): string {
  return `${division}/${submitter_raw}/systems/${platform}.json`;
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
