import { powerColumns } from "../power-rows.ts";
import type { Draft, PartialRow } from "../row.ts";
import { flagOf, type JsonRecord, numberOf, textOf } from "./json-values.ts";
import { draftOf, type Provenance, provenanceColumns, repositoryOf } from "./source-file.ts";

/** Rows of an official `summary_results.json`, v4.1 and later; each with a finite result. */
export function readSummaryResults(records: readonly JsonRecord[], from: Provenance): Draft[] {
  return records.flatMap((record, index) => {
    const result = numberOf(record.Performance_Result);
    if (result === null) return [];
    return draftOf({
      ...provenanceColumns(from, "summary-results", index),
      source_url: from.url ?? repositoryOf(record.Details),
      round: roundOf(record.version),
      published_id: textOf(record.ID),
      result_path: resultPathOf(record.Location),
      details_url: textOf(record.Details),
      code_url: textOf(record.Code),
      submitter_raw: textOf(record.Submitter),
      division: textOf(record.Category),
      availability: textOf(record.Availability),
      suite: textOf(record.Suite),
      inferred: flagOf(record.inferred),
      compliance_raw: textOf(record.compliance),
      has_power: flagOf(record.has_power),
      notes: textOf(record.Notes),
      benchmark_raw: textOf(record.Model),
      used_model_raw: textOf(record.UsedModel),
      scenario: textOf(record.Scenario) ?? "",
      result_value: result,
      result_unit_raw: textOf(record.Performance_Units),
      accuracy_raw: textOf(record.Accuracy),
      ...powerOf(record),
      system_name: textOf(record.System),
      platform: textOf(record.Platform),
      nodes: numberOf(record.Nodes),
      accelerator_raw: textOf(record.Accelerator),
      accelerators_per_node: numberOf(record["a#"]),
      cpu_raw: textOf(record.Processor),
      cpus_per_node: numberOf(record["p#"]),
      cpu_cores_raw: textOf(record.host_processor_core_count),
      operating_system_raw: textOf(record.operating_system),
      software_raw: textOf(record.Software),
      weight_data_type_raw: textOf(record.weight_data_types),
    });
  });
}

/** A round as this dataset calls it: `v5.0`. */
export function roundOf(version: unknown): string | null {
  const text = textOf(version);
  return text === null ? null : `v${text.replace(/^v/, "")}`;
}

/** v6.0 begins its paths with `./` and ends them with the run's folder. */
export function resultPathOf(location: unknown): string | null {
  return (
    textOf(location)
      ?.replace(/^\.\//, "")
      .replace(/\/performance\/run_\d+$/, "") ?? null
  );
}

function powerOf(record: JsonRecord): PartialRow {
  const power = numberOf(record.Power_Result);
  return power === null ? {} : powerColumns(power, textOf(record.Power_Units) ?? "");
}
