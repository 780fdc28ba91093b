import { createHash } from "node:crypto";
import type { Distribution, RunRecord } from "../results/record.ts";
import type { ColumnName } from "./columns.ts";
import type { Draft, PartialRow } from "./row.ts";
import { tableColumnsOf } from "./system-fields.ts";

/** A run of one's own, ready to be a row: schema `flexbench.contribution/1`. */
export interface Contribution extends Draft {
  schema: "flexbench.contribution/1";
}

/** Something that must be known before a run can stand beside others. */
export interface MissingFact {
  column: ColumnName;
  /** How to tell it. */
  how: string;
}

/** A contribution, or everything that stands in its way. */
export type ContributionOutcome =
  | { state: "ready"; contribution: Contribution }
  | { state: "refused"; reasons: string[]; missing: MissingFact[] };

const scenarioNames: Readonly<Record<string, string>> = {
  server: "Server",
  interactive: "Interactive",
  offline: "Offline",
  "single-stream": "SingleStream",
  "multi-stream": "MultiStream",
};

const needed: readonly MissingFact[] = [
  { column: "benchmark_raw", how: "a run with --benchmark, or --set benchmark_raw=NAME" },
  { column: "used_model_raw", how: "--set used_model_raw=NAME" },
  { column: "accelerator_raw", how: "--system FILE of `flexbench system`, or --set accelerator_raw=NAME" },
  { column: "accelerators_per_node", how: "--system FILE, or --set accelerators_per_node=NUMBER" },
  { column: "nodes", how: "--system FILE, or --set nodes=NUMBER" },
  { column: "cpu_raw", how: "--system FILE, or --set cpu_raw=NAME" },
  { column: "software_raw", how: "--system FILE, or --set software_raw=NAME" },
  { column: "weight_data_type_raw", how: "--set weight_data_type_raw=fp8, for instance" },
  { column: "submitter_raw", how: "--set submitter_raw=NAME" },
];

/**
 * A run as a row of the dataset; `given` are columns that a person tells, before those of run and system. Only VALID runs of real servers count; what the run does not know of its system comes from
 * `flexbench system` or is given.
 */
export function contributionOf(
  record: RunRecord,
  system: Readonly<Record<string, string>> | null,
  given: PartialRow,
): ContributionOutcome {
  const reasons = [
    record.simulated ? "the server was simulated" : null,
    record.state === "valid" ? null : `the run is ${record.state}`,
    record.metrics.tokensPerSecond === null
      ? "it has no tokens a second: it holds no performance test"
      : null,
    record.submission?.fast === true ? "it is a rehearsal (--fast)" : null,
  ].filter((reason) => reason !== null);
  const row: PartialRow = { ...rowOf(record), ...submitterOf(system), ...tableColumnsOf(system), ...given };
  const missing = needed.filter(({ column }) => (row[column] ?? null) === null);
  if (reasons.length > 0 || missing.length > 0) return { state: "refused", reasons, missing };
  return {
    state: "ready",
    contribution: { schema: "flexbench.contribution/1", row, system: system === null ? null : { ...system } },
  };
}

/** Name of the file of a contribution: the same run gives the same. */
export function contributionFile({ row }: Contribution): string {
  const hash = createHash("sha256").update(JSON.stringify(row)).digest("hex").slice(0, 8);
  return `${row.published_on}-${row.scenario}-${hash}.json`;
}

function rowOf(record: RunRecord): PartialRow {
  const { metrics, submission, config, server, accuracy, energy } = record;
  const scenario = submission?.scenario ?? scenarioNames[String(config.scenario)] ?? String(config.scenario);
  const benchmark = submission?.benchmark ?? (typeof config.benchmark === "string" ? config.benchmark : null);
  const software = [server.name, server.version].filter((part) => part !== null).join(" ");
  return {
    origin: "flexbench",
    round: null,
    published_on: record.endedAt.slice(0, 10),
    benchmark_raw: benchmark,
    used_model_raw: record.model.name,
    scenario,
    result_value: metrics.tokensPerSecond,
    result_unit_raw: "Tokens/s",
    samples_per_second: metrics.samplesPerSecond,
    log_valid: true,
    software_raw: software === "" ? null : software,
    target_qps: typeof config.targetQps === "number" ? config.targetQps : null,
    performance_sample_count: record.dataset.performanceSampleCount,
    mean_input_tokens: ratio(metrics.promptTokensPerSecond, metrics.samplesPerSecond),
    accuracy_raw: accuracyText(accuracy?.metrics ?? null),
    power_w: energy?.meanWatts ?? null,
    tokens_per_joule: energy?.tokensPerJoule ?? null,
    ...distribution("latency", metrics.latencyNs),
    ...distribution("ttft", metrics.ttftNs),
    ...distribution("tpot", metrics.tpotNs),
  };
}

function ratio(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole === 0 ? null : part / whole;
}

function accuracyText(figures: Readonly<Record<string, number>> | null): string | null {
  if (figures === null) return null;
  const words = Object.entries(figures).map(([name, value]) => `${name.toUpperCase()}: ${value}`);
  return words.length === 0 ? null : words.join("  ");
}

function distribution(kind: "latency" | "ttft" | "tpot", figures: Distribution | null): PartialRow {
  const named = Object.entries(figures ?? {}).map(([point, value]) => [`${kind}_${point}_ns`, value]);
  return Object.fromEntries(named) as PartialRow;
}

function submitterOf(system: Readonly<Record<string, string>> | null): PartialRow {
  const submitter = system?.submitter?.trim() ?? "";
  return submitter === "" ? {} : { submitter_raw: submitter };
}
