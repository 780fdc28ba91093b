import type { ColumnName } from "./columns.ts";
import type { PartialRow } from "./row.ts";
import { type JsonRecord, numberOf, textOf } from "./sources/json-values.ts";

/** Text that published tables have as well, by the field of the system's description. */
const tableTexts = {
  accelerator_raw: "accelerator_model_name",
  cpu_raw: "host_processor_model_name",
  cpu_cores_raw: "host_processor_core_count",
  operating_system_raw: "operating_system",
  software_raw: "framework",
  system_name: "system_name",
} as const satisfies Partial<Record<ColumnName, string>>;

/** All text columns that a system's description tells, by its field. */
export const textFieldsOfSystem = {
  ...tableTexts,
  accelerator_memory_raw: "accelerator_memory_capacity",
  accelerator_memory_type_raw: "accelerator_memory_configuration",
  accelerator_interconnect_raw: "accelerator_interconnect",
  host_interconnect_raw: "accelerator_host_interconnect",
  host_memory_raw: "host_memory_capacity",
  host_memory_configuration: "host_memory_configuration",
  host_storage: "host_storage_capacity",
  host_networking: "host_networking",
  cooling: "cooling",
  other_software: "other_software_stack",
} as const satisfies Partial<Record<ColumnName, string>>;

/** Counts that a system's description tells, by its field. */
export const wholeFieldsOfSystem = {
  nodes: "number_of_nodes",
  accelerators_per_node: "accelerators_per_node",
  cpus_per_node: "host_processors_per_node",
} as const satisfies Partial<Record<ColumnName, string>>;

/** What a published table says of a system, from its description, for rows that stand in no table; rules read the rest. */
export function tableColumnsOf(system: JsonRecord | null): PartialRow {
  if (system === null) return {};
  const texts = Object.entries(tableTexts).map(([column, field]) => [column, textOf(system[field])]);
  const counts = Object.entries(wholeFieldsOfSystem).map(([column, field]) => [
    column,
    numberOf(system[field]),
  ]);
  return Object.fromEntries([...texts, ...counts].filter(([, value]) => value !== null)) as PartialRow;
}
