import { type ColumnName, columns } from "../columns.ts";
import type { RowInHand, Rule } from "./rule.ts";

const textFields = {
  accelerator_raw: "accelerator_model_name",
  accelerator_memory_raw: "accelerator_memory_capacity",
  accelerator_memory_type_raw: "accelerator_memory_configuration",
  accelerator_interconnect_raw: "accelerator_interconnect",
  host_interconnect_raw: "accelerator_host_interconnect",
  cpu_raw: "host_processor_model_name",
  cpu_cores_raw: "host_processor_core_count",
  host_memory_raw: "host_memory_capacity",
  host_memory_configuration: "host_memory_configuration",
  host_storage: "host_storage_capacity",
  host_networking: "host_networking",
  cooling: "cooling",
  operating_system_raw: "operating_system",
  software_raw: "framework",
  other_software: "other_software_stack",
  system_name: "system_name",
} as const satisfies Partial<Record<ColumnName, string>>;

const wholeFields = {
  nodes: "number_of_nodes",
  accelerators_per_node: "accelerators_per_node",
  cpus_per_node: "host_processors_per_node",
} as const satisfies Partial<Record<ColumnName, string>>;

function fillTexts(hand: RowInHand): void {
  for (const [column, field] of Object.entries(textFields) as [keyof typeof textFields, string][])
    if (hand.published(column) === null) {
      const text = hand.published(column, field);
      if (text !== null) hand.set(column, text);
    }
  const notes = ["hw_notes", "sw_notes"]
    .map((field) => hand.system[field]?.trim() ?? "")
    .filter((note) => !hand.isMissing(note));
  if (notes.length > 0) hand.fill("system_notes", notes.join(" "));
}

function fillNumbers(hand: RowInHand): void {
  for (const [column, field] of Object.entries(wholeFields) as [keyof typeof wholeFields, string][]) {
    const text = hand.system[field]?.trim() ?? "";
    if (/^\d+(?:\.0)?$/u.test(text)) hand.fill(column, Number(text));
  }
}

/** Takes from the system description what the table of results leaves out. */
export const publishedFields: Rule = {
  id: "published-fields",
  meaning: "Columns that the table of results leaves empty are taken from the system description.",
  apply(hand) {
    fillTexts(hand);
    fillNumbers(hand);
  },
};

/** Place-holders are no values; the raw columns keep them. */
export const missingValues: Rule = {
  id: "missing-values",
  meaning: "N/A, UNSET, undefined, - and other place-holders are null; the raw columns keep them.",
  apply(hand) {
    for (const column of Object.keys(hand.row) as ColumnName[]) {
      const value = hand.row[column];
      if (columns[column].type === "text" && !column.endsWith("_raw") && typeof value === "string")
        if (hand.isMissing(value)) hand.set(column, null);
    }
  },
};
