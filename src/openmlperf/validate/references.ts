import type { Finding } from "./finding.ts";

/** What a row is called and which one it points to. */
export interface RowReference {
  id: string;
  duplicateOf: string | null;
}

/** Names that stand twice, and duplicates that lead nowhere or to another duplicate. */
export function findingsOfReferences(rows: readonly RowReference[]): Finding[] {
  const findings: Finding[] = [];
  const byId = new Map<string, RowReference>();
  const find = (check: string, id: string, message: string) =>
    findings.push({ check, severity: "error", id, message });
  for (const row of rows) {
    if (byId.has(row.id)) find("unique", row.id, "the id stands twice");
    else byId.set(row.id, row);
  }
  for (const { id, duplicateOf } of rows) {
    if (duplicateOf === null) continue;
    const kept = byId.get(duplicateOf);
    if (duplicateOf === id) find("duplicate", id, "is a duplicate of itself");
    else if (kept === undefined)
      find("duplicate", id, `is a duplicate of ${duplicateOf}, which is not there`);
    else if (kept.duplicateOf !== null)
      find("duplicate", id, `is a duplicate of ${duplicateOf}, which is one itself`);
  }
  return findings;
}
