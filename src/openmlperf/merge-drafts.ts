import type { ColumnName } from "./columns.ts";
import { powerColumn } from "./power-rows.ts";
import { columnNames, type Draft, type PartialRow } from "./row.ts";
import { figureAgrees } from "./sources/joined-logs.ts";

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
  "completed_by",
]);

/**
 * The same published row may stand in several tables. The table that comes first leads, the others fill what it left
 * open. Rows of one and the same table are never merged. Tables round their figures, so a raw log is known by the folder
 * that its row names, and its figure is compared. Watts that stand as a row of their own are the power of the row of their folder; so are millijoules a query.
 * Each row tells in `completed_by` which other table filled which of its columns (`system`: the system description).
 */
export function mergeDrafts(tables: readonly (readonly Draft[])[]): MergedDrafts {
  const byKey = new Map<string, Draft>();
  const byFolder = new Map<string, Draft>();
  const drafts: Draft[] = [];
  let merged = 0;
  let filled = 0;
  const power: Draft[] = [];
  const completedBy = new Map<Draft, Record<string, string[]>>();
  const completed = (leader: Draft, by: Draft, columns: readonly string[]): void => {
    if (columns.length === 0) return;
    const tables = completedBy.get(leader) ?? {};
    const table = tableOf(by.row);
    tables[table] = [...(tables[table] ?? []), ...columns];
    completedBy.set(leader, tables);
  };
  for (const table of tables) {
    const news: [string, Draft][] = [];
    for (const draft of table) {
      if (powerColumn(draft.row.result_unit_raw) !== null) {
        power.push(draft);
        continue;
      }
      const key = keyOf(draft.row);
      const leader = byKey.get(key) ?? (isRawLog(draft) ? byFolder.get(folderOf(draft.row)) : undefined);
      if (leader === undefined) {
        news.push([key, draft]);
        continue;
      }
      merged += 1;
      if (isRawLog(draft)) leader.row.log_agrees ??= agrees(leader.row, draft.row);
      const open = complete(leader.row, draft.row);
      filled += open.length;
      completed(leader, draft, open);
      if (leader.system === null && draft.system !== null) {
        leader.system = draft.system;
        completed(leader, draft, ["system"]);
      }
    }
    for (const [key, draft] of news) {
      byKey.set(key, draft);
      if (!byFolder.has(folderOf(draft.row))) byFolder.set(folderOf(draft.row), draft);
      drafts.push(draft);
    }
  }
  for (const draft of power) {
    const leader = byFolder.get(folderOf(draft.row));
    if (leader === undefined) {
      drafts.push(draft);
      continue;
    }
    merged += 1;
    const column = powerColumn(draft.row.result_unit_raw) ?? "power_w";
    if ((leader.row[column] ?? null) !== null) continue;
    leader.row[column] = draft.row.result_value ?? null;
    filled += 1;
    completed(leader, draft, [column]);
  }
  for (const [leader, tables] of completedBy) leader.row.completed_by = JSON.stringify(tables);
  return { drafts, merged, filled };
}

function keyOf(row: PartialRow): string {
  const { round, submitter_raw, division, suite, platform, benchmark_raw, scenario, result_value } = row;
  const words = [round, submitter_raw, division, suite, platform, benchmark_raw, scenario];
  return [...words.map((word) => word?.toLowerCase() ?? ""), result_value?.toPrecision(6)].join("|");
}

function tableOf({ source, source_kind, source_file }: PartialRow): string {
  return source_kind === "results-checkout" ? `${source}` : `${source}: ${source_file}`;
}

function isRawLog({ row }: Draft): boolean {
  return row.source_kind === "results-checkout";
}

function folderOf({ round, result_path }: PartialRow): string {
  return `${round}|${result_path?.toLowerCase()}`;
}

function agrees(published: PartialRow, log: PartialRow): boolean {
  const isLatency = log.scenario?.toLowerCase() === "singlestream";
  const rates = [log.log_tokens_per_second ?? null, log.samples_per_second ?? null];
  return figureAgrees(published.result_value ?? 0, isLatency ? [] : rates, log.latency_p90_ns ?? null);
}

function complete(row: PartialRow, other: PartialRow): ColumnName[] {
  const open = columnNames.filter(
    (name) => !ofTheLeader.has(name) && (row[name] ?? null) === null && (other[name] ?? null) !== null,
  );
  Object.assign(row, Object.fromEntries(open.map((name) => [name, other[name]])));
  return open;
}
