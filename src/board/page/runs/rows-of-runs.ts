import type { PartialRow } from "../../../openmlperf/row.ts";
import type { Distribution, RunRecord } from "../../../results/record.ts";
import { joinTables } from "../data/join-tables.ts";
import { tableOfRows } from "../data/row-table.ts";
import type { Table } from "../data/table.ts";
import { unproven } from "../filters/own-runs.ts";
import { chipColumns, chipsOfRun, type KnownChip, knownChips } from "./chip-of-run.ts";
import { familyOfRun, type KnownModel, knownModels, modelColumns } from "./model-of-run.ts";
import { type OwnRun, scenarioOfRun } from "./own-run.ts";

/** The dataset with the user's runs after its rows, for every view. */
export async function withOwnRuns(dataset: Table, runs: readonly OwnRun[]): Promise<Table> {
  const records = runs.flatMap(({ record }) => record ?? []);
  if (records.length === 0) return dataset;
  await dataset.load([...chipColumns, ...modelColumns]);
  const chips = knownChips(dataset);
  const models = knownModels(
    dataset,
    Array.from({ length: dataset.rowCount }, (_, row) => row),
  );
  return joinTables([dataset, tableOfRows(records.map((record) => rowOfRun(record, chips, models)))]);
}

/** A run as a row of the dataset; what it does not know stays unknown. */
export function rowOfRun(
  record: RunRecord,
  chips: readonly KnownChip[],
  models: readonly KnownModel[],
): PartialRow {
  const { metrics, submission, config, server, energy, model } = record;
  const { accelerator, family, vendor, count } = chipsOfRun(record, chips);
  const benchmark = submission?.benchmark ?? (typeof config.benchmark === "string" ? config.benchmark : null);
  const likeModel = familyOfRun(models, record) ?? model.name;
  const tokens = metrics.tokensPerSecond;
  return {
    ...{ id: record.id, origin: "flexbench", published_on: record.endedAt.slice(0, 10) },
    flags: flagsOfRun(record),
    ...{ source: "own runs", source_kind: "flexbench-run", source_file: "record.json", source_row: 0 },
    ...{ submitter: "own run", system_name: nameOfRun(record) },
    ...{ benchmark: benchmark ?? likeModel, benchmark_family: likeModel, used_model_raw: model.name },
    ...{ model: model.name, scenario: scenarioOfRun(record) },
    ...{ result_value: tokens, result_unit: "tokens/s", tokens_per_second: tokens },
    samples_per_second: metrics.samplesPerSecond,
    tokens_per_second_per_accelerator: tokens === null || count === null ? null : tokens / count,
    log_valid: record.state === "valid",
    ...distribution("latency", metrics.latencyNs),
    ...distribution("ttft", metrics.ttftNs),
    ...distribution("tpot", metrics.tpotNs),
    ...{ power_w: energy?.meanWatts ?? null, tokens_per_joule: energy?.tokensPerJoule ?? null },
    target_qps: typeof config.targetQps === "number" ? config.targetQps : null,
    performance_sample_count: record.dataset.performanceSampleCount,
    ...{ accelerator, accelerator_family: family, accelerator_vendor: vendor, accelerators_total: count },
    ...{ framework: server.name, framework_version: server.version },
  };
}

/** What a run is called beside published systems: always told what it is. */
function nameOfRun({ id, simulated, state }: RunRecord): string {
  const doubts = [simulated ? "simulated" : null, state === "valid" ? null : state.toUpperCase()];
  return [id, ...doubts.filter((doubt) => doubt !== null)].join(", ");
}

function flagsOfRun({ simulated, state }: RunRecord): string | null {
  const flags = [simulated ? unproven.simulated : null, state === "valid" ? null : unproven.notValid];
  return flags.filter((flag) => flag !== null).join(" ") || null;
}

function distribution(kind: "latency" | "ttft" | "tpot", figures: Distribution | null): PartialRow {
  const named = Object.entries(figures ?? {}).map(([point, value]) => [`${kind}_${point}_ns`, value]);
  return Object.fromEntries(named) as PartialRow;
}
