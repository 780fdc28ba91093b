import type { Row } from "../row.ts";
import { isRecord } from "../sources/json-values.ts";
import { findingsOfCounts, findingsOfDerived, findingsOfLog, findingsOfPhysics } from "./agreement.ts";
import type { Finding, RowFinding } from "./finding.ts";
import { findingsOfReferences, type RowReference } from "./references.ts";
import { findingsOfValues } from "./values.ts";

/**
 * Holds a dataset against its schema, against what must agree within a row, and against what rows say of each other. Rows
 * are taken as they stand in the file: nothing is expected of them. A dataset without rows is an error.
 */
export function validateDataset(rows: readonly unknown[]): Finding[] {
  if (rows.length === 0)
    return [{ check: "rows", severity: "error", id: "–", message: "the dataset has no rows" }];
  const findings: Finding[] = [];
  const references: RowReference[] = [];
  for (const [index, row] of rows.entries()) {
    const line = `line ${index + 1}`;
    if (!isRecord(row)) {
      findings.push({ check: "row", severity: "error", id: line, message: "is no row" });
      continue;
    }
    const id = typeof row.id === "string" ? row.id : line;
    findings.push(...findingsOf(row).map((finding) => ({ ...finding, id })));
    if (typeof row.id === "string")
      references.push({ id, duplicateOf: typeof row.duplicate_of === "string" ? row.duplicate_of : null });
  }
  return [...findings, ...findingsOfReferences(references)];
}

/** Whether values agree is asked only of a row whose values are of their types. */
function findingsOf(row: Readonly<Record<string, unknown>>): RowFinding[] {
  const ofValues = findingsOfValues(row);
  if (ofValues.some(({ check }) => ["type", "required", "columns"].includes(check))) return ofValues;
  const whole = row as Row;
  return [
    ...ofValues,
    ...findingsOfDerived(whole),
    ...findingsOfLog(whole),
    ...findingsOfCounts(whole),
    ...findingsOfPhysics(whole),
  ];
}
