import type { ColumnName } from "./columns.ts";
import { columnNames, type Row } from "./row.ts";

/** One row that differs between two datasets. */
export interface ChangedRow {
  id: string;
  changes: { column: ColumnName; from: Row[ColumnName]; to: Row[ColumnName] }[];
}

/** How a dataset differs from an earlier one, by the ids of rows. */
export interface DatasetDiff {
  added: Row[];
  removed: Row[];
  changed: ChangedRow[];
}

/** Compares two datasets row by row. Columns that the earlier one did not have yet count as empty in it. */
export function diffDatasets(before: readonly Row[], after: readonly Row[]): DatasetDiff {
  const earlier = new Map(before.map((row) => [row.id, row]));
  const later = new Set(after.map(({ id }) => id));
  return {
    added: after.filter(({ id }) => !earlier.has(id)),
    removed: before.filter(({ id }) => !later.has(id)),
    changed: after.flatMap((row) => {
      const old = earlier.get(row.id);
      const changes = old === undefined ? [] : changesOf(old, row);
      return changes.length === 0 ? [] : [{ id: row.id, changes }];
    }),
  };
}

function changesOf(old: Row, row: Row): ChangedRow["changes"] {
  return columnNames
    .map((column) => ({ column, from: old[column] ?? null, to: row[column] ?? null }))
    .filter(({ from, to }) => from !== to);
}
