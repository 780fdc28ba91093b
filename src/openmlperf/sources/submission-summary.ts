import type { Draft } from "../row.ts";
import { flagOf, type JsonRecord, numberOf, textOf } from "./json-values.ts";
import { draftOf, type Provenance, provenanceColumns } from "./source-file.ts";
import { resultPathOf, roundOf } from "./summary-results.ts";

/**
 * Rows of the `summary.json` at the root of a repository of results, as the submission checker writes it; each with a finite
 * result. Records do not always name their round: then it is that of the source.
 */
export function readSubmissionSummary(
  records: readonly JsonRecord[],
  from: Provenance,
  round: string | null,
): Draft[] {
  return records.flatMap((record, index) => {
    const result = numberOf(record.Result);
    if (result === null) return [];
    return draftOf({
      ...provenanceColumns(from, "submission-summary", index),
      round: roundOf(record.version) ?? round,
      published_id: textOf(record.ID) ?? textOf(record.PublicID) ?? textOf(record.PrivateID),
      result_path: resultPathOf(record.Location),
      details_url: textOf(record.Details),
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
      result_value: result,
      result_unit_raw: textOf(record.Units),
      accuracy_raw: textOf(record.Accuracy),
      system_name: textOf(record.SystemName),
      platform: textOf(record.Platform),
      nodes: numberOf(record.number_of_nodes),
      accelerator_raw: textOf(record.accelerator_model_name),
      accelerators_per_node: numberOf(record.accelerators_per_node),
      cpu_raw: textOf(record.host_processor_model_name),
      cpus_per_node: numberOf(record.host_processors_per_node),
      cpu_cores: numberOf(record.host_processor_core_count),
      operating_system_raw: textOf(record.operating_system),
      software_raw: textOf(record.framework),
      weight_data_type_raw: textOf(record.weight_data_types),
    });
  });
}
