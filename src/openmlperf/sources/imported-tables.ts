import { powerColumns } from "../power-rows.ts";
import type { Draft, PartialRow } from "../row.ts";
import { flagOf, isRecord, type JsonRecord, numberOf, textFields, textOf } from "./json-values.ts";
import { draftOf, type Provenance, provenanceColumns, repositoryOf, type SourceKind } from "./source-file.ts";
import { resultPathOf, roundOf } from "./summary-results.ts";

const systemPrefix = "system.";

/** Rows of a `cmx-result-summary.json`; the system description stands in its `system.` fields. */
export function readCmxSummary(records: readonly JsonRecord[], from: Provenance): Draft[] {
  return records.flatMap((record, index) =>
    importedDraft(record, from, { kind: "cmx-summary", index, round: roundOf(record.benchmark_version) }),
  );
}

/** Rows of `cm-result.json` files of cm4mlperf-results, which lead to their own file by `_file`. */
export function readCm4mlperf(records: readonly JsonRecord[], from: Provenance): Draft[] {
  return records.flatMap((record, index) =>
    importedDraft(
      record,
      { ...from, file: textOf(record._file) ?? from.file },
      { kind: "cm4mlperf", index, round: roundOf(record.version) },
    ),
  );
}

/**
 * Rows of the `summary.json` at the root of a repository of results, as the submission checker writes it. Records do not
 * always name their round: then it is that of the source.
 */
export function readSubmissionSummary(
  records: readonly JsonRecord[],
  from: Provenance,
  round: string | null,
): Draft[] {
  return records.flatMap((record, index) =>
    importedDraft(record, from, {
      kind: "submission-summary",
      index,
      round: roundOf(record.version) ?? round,
    }),
  );
}

/** One record in the names of the submission checker, which imported tables keep beside fields of their own. */
function importedDraft(
  record: JsonRecord,
  from: Provenance,
  { kind, index, round }: { kind: SourceKind; index: number; round: string | null },
): Draft[] {
  const figure = figureOf(record);
  if (figure === null) return [];
  const row = {
    ...provenanceColumns(from, kind, index),
    source_url: from.url ?? textOf(record.git_url) ?? repositoryOf(record.url_repo),
    round,
    published_id: firstTextOf(record, ["debug_uid", "uid", "ID", "PublicID", "PrivateID"]),
    result_path: resultPathOf(record.Location),
    system_path: pathInRepository(record.url_system_file),
    details_url: firstTextOf(record, ["url_result", "url", "Details"]),
    code_url: textOf(record.Code),
    submitter_raw: textOf(record.Organization),
    division: textOf(record.Division),
    availability: textOf(record.Availability),
    suite: textOf(record.SystemType),
    inferred: flagOf(record.inferred),
    compliance_raw: textOf(record.compliance),
    has_power: flagOf(record.has_power),
    notes: textOf(record.notes),
    benchmark_raw: textOf(record.MlperfModel),
    used_model_raw: textOf(record.Model),
    scenario: textOf(record.Scenario) ?? "",
    ...figure,
    accuracy_raw: textOf(record.Accuracy),
    system_name: textOf(record.SystemName),
    platform: textOf(record.Platform),
    nodes: numberOf(record.number_of_nodes),
    accelerator_raw: textOf(record.accelerator_model_name),
    accelerators_per_node: numberOf(record.accelerators_per_node),
    cpu_raw: textOf(record.host_processor_model_name),
    cpus_per_node: numberOf(record.host_processors_per_node),
    cpu_cores_raw: textOf(record.host_processor_core_count),
    operating_system_raw: textOf(record.operating_system),
    software_raw: textOf(record.framework),
    weight_data_type_raw: textOf(record.weight_data_types),
  };
  return [draftOf(row, systemOf(record))];
}

function firstTextOf(record: JsonRecord, names: readonly string[]): string | null {
  return names.map((name) => textOf(record[name])).find((text) => text !== null) ?? null;
}

/**
 * The published figure with the power beside it. Some rows of v4.0 hold no figure but a power, and are its row alone.
 */
function figureOf(record: JsonRecord): PartialRow | null {
  const units = textOf(record.Units);
  const result = numberOf(record.Result);
  const power = numberOf(record.Result_Power);
  if (result === null) return power === null ? null : { result_value: power, result_unit_raw: units };
  const powerUnits = textOf(record.Result_Power_Units);
  return {
    ...{ result_value: result, result_unit_raw: units },
    ...(power === null || powerUnits === null ? {} : powerColumns(power, powerUnits)),
  };
}

/** `closed/Maker/systems/8xH100.json` of an address within a repository. */
function pathInRepository(address: unknown): string | null {
  return /\/(?:tree|blob)\/[^/]+\/(.+)$/.exec(textOf(address) ?? "")?.[1] ?? null;
}

function systemOf(record: JsonRecord): Draft["system"] {
  const fields = Object.entries(record)
    .filter(([name]) => name.startsWith(systemPrefix))
    .map(([name, value]) => [name.slice(systemPrefix.length), value]);
  const system: unknown = Object.fromEntries(fields);
  return fields.length > 0 && isRecord(system) ? textFields(system) : null;
}
