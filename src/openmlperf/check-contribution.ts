import { type ColumnName, columns } from "./columns.ts";
import type { Contribution } from "./contribution.ts";
import { addFeatures } from "./features/add-features.ts";
import { loadSpecTables } from "./features/spec-tables.ts";
import { cleanDrafts } from "./rules/clean.ts";
import { loadRules } from "./rules/cleaning-rules.ts";
import { validateDataset } from "./validate/validate.ts";

/** What a contribution would be as a row of the dataset. */
export interface CheckedContribution {
  /** What is wrong with its values, one sentence each. */
  problems: string[];
  /** Names that no alias knows; the row keeps them. */
  unknown: string[];
}

/**
 * Cleans a contribution as a build does and validates the row, so that what a build would find is found where it is told.
 * A data type that nobody knows is a problem: nothing could be worked out from it.
 */
export function checkContribution({ row, system }: Contribution): CheckedContribution {
  const provenance = { source: "contribution", source_kind: "contribution", source_file: "contribution" };
  const draft = { row: { ...row, ...provenance, id: "contribution", origin: "flexbench" }, system };
  const ofTypes = problemsOfTypes(row);
  if (ofTypes.length > 0) return { problems: ofTypes, unknown: [] };
  const { rows, unknown } = cleanDrafts([draft], loadRules());
  const findings = validateDataset(addFeatures(rows, loadSpecTables()));
  const typesUnknown = unknown.filter(({ kind }) => kind === "data type");
  return {
    problems: [
      ...findings.filter(({ severity }) => severity === "error").map(({ message }) => message),
      ...typesUnknown.map(({ spelling }) => `${spelling} is no data type of weights that is known`),
    ],
    unknown: unknown
      .filter(({ kind }) => kind !== "data type")
      .map(({ kind, spelling }) => `${kind} ${spelling}`),
  };
}

/** Rules expect values of the types of their columns. */
function problemsOfTypes(row: Contribution["row"]): string[] {
  const types = { text: "string", whole: "number", number: "number", boolean: "boolean" } as const;
  return (Object.keys(row) as ColumnName[]).flatMap((name) => {
    const value = row[name] ?? null;
    const { type } = columns[name];
    return value === null || typeof value === types[type]
      ? []
      : [`${name} is no ${type}: ${JSON.stringify(value)}`];
  });
}
