import { recordSchema } from "../../results/record-schema.ts";
import { contributionOf } from "../contribution.ts";
import { columnNames, type Draft, type PartialRow } from "../row.ts";
import { isRecord, type JsonRecord, textFields } from "./json-values.ts";
import { type Provenance, provenanceColumns } from "./source-file.ts";

/** Runs of FlexBench that `flexbench dataset add` made ready; never taken for published results. */
export function readContributions(records: readonly JsonRecord[], from: Provenance): Draft[] {
  return records.flatMap(({ row, system }, index) => {
    if (!isRecord(row)) return [];
    // Names of rows are given by the build.
    const known = columnNames.filter((name) => name in row && name !== "id").map((name) => [name, row[name]]);
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

/** What is told of the runs of a source, beside what they know themselves. */
export interface ToldFacts {
  system: Readonly<Record<string, string>> | null;
  set: PartialRow;
}

/**
 * A run of FlexBench as its folder holds it, a point of a sweep alike; or why it is no result: it is not VALID, its server
 * was simulated, or nobody told what it ran on.
 */
export function readRun(record: JsonRecord, from: Provenance, { system, set }: ToldFacts): Draft | string {
  const parsed = recordSchema.safeParse(record);
  if (!parsed.success) return "is no record of a run that this version reads";
  const outcome = contributionOf(parsed.data, system, set);
  if (outcome.state === "refused")
    return outcome.reasons[0] ?? `does not tell ${outcome.missing.map(({ column }) => column).join(", ")}`;
  const { row, system: description } = outcome.contribution;
  return {
    row: { ...row, ...provenanceColumns(from, "flexbench-run", 0), origin: "flexbench" },
    system: description,
  };
}
