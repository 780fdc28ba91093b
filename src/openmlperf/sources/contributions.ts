import { columnNames, type Draft, type PartialRow } from "../row.ts";
import { isRecord, type JsonRecord, textFields } from "./json-values.ts";
import { type Provenance, provenanceColumns } from "./source-file.ts";

/** Runs of FlexBench that `flexbench dataset add` made ready; never taken for published results. */
export function readContributions(records: readonly JsonRecord[], from: Provenance): Draft[] {
  return records.flatMap(({ row, system }, index) => {
    if (!isRecord(row)) return [];
    const known = columnNames.filter((name) => name in row).map((name) => [name, row[name]]);
    return [
      {
        row: {
          ...(Object.fromEntries(known) as PartialRow),
          ...provenanceColumns(from, "contribution", index),
          origin: "flexbench",
        },
        system: isRecord(system) ? textFields(system) : null,
      },
    ];
  });
}
