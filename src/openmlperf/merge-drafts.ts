import type { ColumnName } from "./columns.ts";
import { columnNames, type Draft, type PartialRow } from "./row.ts";

/** Drafts without doubles, and what the doubles completed. */
export interface MergedDrafts {
  drafts: Draft[];
  /** Rows of later tables that describe a row of an earlier one. */
  merged: number;
  /** Empty fields that they filled. */
  filled: number;
}

/** Columns that say where a row was read; they stay those of the row that leads. */
const ofTheLeader: ReadonlySet<ColumnName> = new Set<ColumnName>([
  "source",
  "source_kind",
  "source_url",
  "source_commit",
  "source_file",
  "source_row",
  "published_id",
]);

/**
 * The same published row may stand in several tables. The table that comes first leads, the others fill what it left
 * open. Rows of one and the same table are never merged.
 */
export function mergeDrafts(tables: readonly (readonly Draft[])[]): MergedDrafts {
  const byKey = new Map<string, Draft>();
  const drafts: Draft[] = [];
  let merged = 0;
  let filled = 0;
  for (const table of tables) {
    const news: [string, Draft][] = [];
    for (const draft of table) {
      const key = keyOf(draft.row);
      const leader = byKey.get(key);
      if (leader === undefined) {
        news.push([key, draft]);
        continue;
      }
      merged += 1;
      filled += complete(leader.row, draft.row);
      leader.system ??= draft.system;
    }
    for (const [key, draft] of news) {
      byKey.set(key, draft);
      drafts.push(draft);
    }
  }
  return { drafts, merged, filled };
}

function keyOf(row: PartialRow): string {
  const { round, submitter_raw, division, suite, platform, benchmark_raw, scenario, result_value } = row;
  const words = [round, submitter_raw, division, suite, platform, benchmark_raw, scenario];
  return [...words.map((word) => word?.toLowerCase() ?? ""), result_value?.toPrecision(6)].join("|");
}

function complete(row: PartialRow, other: PartialRow): number {
  const open = columnNames.filter(
    (name) => !ofTheLeader.has(name) && (row[name] ?? null) === null && (other[name] ?? null) !== null,
  );
  Object.assign(row, Object.fromEntries(open.map((name) => [name, other[name]])));
  return open.length;
}
