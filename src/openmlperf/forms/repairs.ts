import type { BuildReport } from "../build-dataset.ts";
import type { ColumnName } from "../columns.ts";
import type { Row } from "../row.ts";
import type { Change } from "../rules/rule.ts";

/** A value of one row that a rule made another: one line of `changes.jsonl`. */
export interface Repair {
  /** id of the row. */
  id: string;
  rule: string;
  column: ColumnName;
  before: unknown;
  after: unknown;
  reason: string;
}

/**
 * Every value that a rule changed, every data type in effect that is not the declared one, and every mark of a duplicate, in
 * the order of the dataset. Values that were merely filled in are counted in the report; flags follow from the repairs. Rows
 * that stayed from an earlier build keep its repairs: rules found them repaired.
 */
export function repairsOf(
  rows: readonly Row[],
  { changes, rules, earlierRepairs }: Pick<BuildReport, "changes" | "rules" | "earlierRepairs">,
): Repair[] {
  const meanings = new Map(rules.map(({ rule, meaning }) => [rule, meaning]));
  const ofRow = byRow(changes);
  const earlierOfRow = byRow(earlierRepairs);
  return rows.flatMap((row) => {
    const now = (ofRow.get(row.id) ?? [])
      .filter((change) => isRepair(change, row))
      .map(({ rule, column, from, to }) => ({
        ...{ id: row.id, rule, column, before: beforeOf(column, from, row), after: to },
        reason: reasonOf(column, row) ?? meanings.get(rule) ?? rule,
      }));
    const earlier = earlierOfRow.get(row.id);
    return earlier === undefined ? now : together(row, earlier, now);
  });
}

/** Repairs of a row that was cleaned before: those that still hold, and what was not repaired then. */
function together(row: Row, earlier: readonly Repair[], now: readonly Repair[]): Repair[] {
  const still = earlier.filter(({ column, after }) => row[column] === after);
  const known = new Set(still.map(({ column }) => column));
  return [...still, ...now.filter(({ column, after }) => row[column] === after && !known.has(column))];
}

function byRow<Entry extends { id: string }>(entries: readonly Entry[]): ReadonlyMap<string, Entry[]> {
  const found = new Map<string, Entry[]>();
  for (const entry of entries) {
    const own = found.get(entry.id);
    if (own === undefined) found.set(entry.id, [entry]);
    else own.push(entry);
  }
  return found;
}

function isRepair({ column, from }: Change, row: Row): boolean {
  if (column === "flags" || column === "duplicate_reason" || column === "weight_data_type_reason")
    return false;
  if (column === "weight_data_type") return row.weight_data_type !== row.weight_data_type_declared;
  return from !== null || column === "duplicate_of";
}

function beforeOf(column: ColumnName, from: unknown, row: Row): unknown {
  return column === "weight_data_type" ? row.weight_data_type_declared : from;
}

function reasonOf(column: ColumnName, row: Row): string | null {
  if (column === "weight_data_type") return row.weight_data_type_reason;
  return column === "duplicate_of" ? row.duplicate_reason : null;
}
